// VAEs whose codes have another size: types among which a search chooses, and one whose training it tunes.
#include <boost/hana/tuple.hpp>
#include <boost/hana/type.hpp>

#include "learn.hpp"

namespace searches {

using namespace genet;

namespace {

template <long Latent>
struct encoder : net<input<1, 28, 28>, flatten, dense<400>, relu,
                     heads<head<"mean", dense<Latent>>, head<"log_variance", dense<Latent>>>> {};
template <long Latent>
struct decoder : net<input<Latent>, dense<400>, relu, dense<784>, reshape<1, 28, 28>> {};
template <long Latent>
using clothes = vae<encoder<Latent>, decoder<Latent>, bernoulli>;

constexpr const char* declaration =
    R"(template <long Latent>
struct encoder : net<input<1, 28, 28>, flatten, dense<400>, relu,
                     heads<head<"mean", dense<Latent>>, head<"log_variance", dense<Latent>>>> {};
template <long Latent>
struct decoder : net<input<Latent>, dense<400>, relu, dense<784>, reshape<1, 28, 28>> {};
template <long Latent>
using clothes = vae<encoder<Latent>, decoder<Latent>, bernoulli>;)";

}  // namespace

void types(const settings& s) {
  search_vaes(s,
              choose_model(boost::hana::tuple_t<clothes<4>, clothes<10>, clothes<20>, clothes<40>>,
                           {"latent_4", "latent_10", "latent_20", "latent_40"}),
              "Search over sizes of the code", declaration);
}

void rate(const settings& s) {
  search_space space;
  space.log_uniform("learning_rate", 1e-4, 1e-2).uniform("beta", 0.5, 1.5).log_uniform("weight_decay", 1e-5, 1);
  bench b(s, {"Search over learning rate, beta and weight decay", std::string(declaration) + "\nclothes<20>",
              "negative ELBO, nats per image"}, space);
  const auto found = b.by_strategy([&](const auto& strategy) {
    return search(space, strategy, b.options(),
                  [&](const candidate& c) {
                    return train_vae<clothes<20>>(
                        b, c, elbo{.beta = c["beta"]},
                        {.learning_rate = c["learning_rate"], .weight_decay = c["weight_decay"]});
                  },
                  b.watch());
  });
  b.finish(found, bench::against_best(found),
           [](const search_trial& t) { return "candidate " + std::to_string(t.number); });
}

}  // namespace searches
