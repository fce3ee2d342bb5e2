// VAEs with other hidden layers: wider, deeper, or with a regulariser among them.
#include <boost/hana/tuple.hpp>
#include <boost/hana/type.hpp>

#include "learn.hpp"
#include "regularisers.hpp"

namespace searches {

using namespace genet;

namespace {

template <class Hidden>
struct encoder : net<input<1, 28, 28>, flatten, Hidden,
                     heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
template <class Hidden>
struct decoder : net<input<20>, Hidden, dense<784>, reshape<1, 28, 28>> {};
template <class Hidden>
using clothes = vae<encoder<Hidden>, decoder<Hidden>, bernoulli>;

using plain = clothes<chain<dense<400>, relu>>;
using dropping = clothes<chain<dense<400>, relu, dropout<0.2>>>;
using normalised = clothes<chain<dense<400>, batch_norm, relu>>;
using spectral = clothes<chain<spectral_norm<dense<400>>, relu>>;

}  // namespace

void shapes(const settings& s) {
  using narrow = clothes<chain<dense<200>, relu>>;
  using wide = clothes<chain<dense<800>, relu>>;
  using deep = clothes<chain<dense<400>, relu, dense<400>, relu>>;
  search_vaes(s,
              choose_model(boost::hana::tuple_t<narrow, plain, wide, deep, dropping>,
                           {"200", "400", "800", "400-400", "400_dropout"}),
              "Search over hidden layers", R"(template <class Hidden>
struct encoder : net<input<1, 28, 28>, flatten, Hidden,
                     heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
template <class Hidden>
struct decoder : net<input<20>, Hidden, dense<784>, reshape<1, 28, 28>> {};
template <class Hidden>
using clothes = vae<encoder<Hidden>, decoder<Hidden>, bernoulli>;)");
}

std::vector<regulariser> of_vae() {
  return {{"plain", [](const bench& b, const candidate& c) { return train_vae<plain>(b, c, {}, {}); }},
          {"L1", [](const bench& b, const candidate& c) { return train_vae<plain>(b, c, {}, {.l1 = 2e-3}); }},
          {"weight_decay",
           [](const bench& b, const candidate& c) { return train_vae<plain>(b, c, {}, {.weight_decay = 1}); }},
          {"dropout", [](const bench& b, const candidate& c) { return train_vae<dropping>(b, c, {}, {}); }},
          {"batch_norm", [](const bench& b, const candidate& c) { return train_vae<normalised>(b, c, {}, {}); }},
          {"spectral_norm", [](const bench& b, const candidate& c) { return train_vae<spectral>(b, c, {}, {}); }},
          {"early_stopping",
           [](const bench& b, const candidate& c) { return train_vae<plain>(b, c, {}, {.patience = 5}); }},
          {"kl_warm_up",
           [](const bench& b, const candidate& c) { return train_vae<plain>(b, c, {.warm_up = 10}, {}); }}};
}

}  // namespace searches
