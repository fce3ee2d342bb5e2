#include <cmath>

#include <genet/run/in_batches.hpp>

#include "learn.hpp"
#include "regularisers.hpp"

namespace searches {

using namespace genet;

namespace {

template <class Hidden>
struct classifier : net<input<1, 28, 28>, flatten, Hidden, Hidden, dense<10>> {};

using plain = classifier<chain<dense<400>, relu>>;
using dropping = classifier<chain<dense<400>, relu, dropout<0.5>>>;
using normalised = classifier<chain<dense<400>, batch_norm, relu>>;
using spectral = classifier<chain<spectral_norm<dense<400>>, relu>>;

/// -log p(label) of each image.
template <class Net>
std::vector<double> losses(const model<Net>& m, const data::examples& of) {
  std::vector<double> all;
  in_batches<Net>(m.view(), of.x.data(), nullptr, of.count, [&](const auto& s) {
    const auto logits = s.output();
    for (std::size_t at = 0; at < logits.size(); at += 10) {
      const auto row = logits.subspan(at, 10);
      const double top = *std::ranges::max_element(row);
      double sum = 0;
      for (const double x : row) sum += std::exp(x - top);
      all.push_back(top + std::log(sum) - static_cast<double>(row[static_cast<std::size_t>(of.labels[all.size()])]));
    }
  });
  return all;
}

template <class Net>
double train(const bench& b, const candidate& c, const cross_entropy& objective, const recipe& how) {
  model<Net> m{seed{c.seed}};
  learn(b, c, m, objective, how);
  return b.keep(c, losses(m, b.validation()), losses(m, b.test()));
}

}  // namespace

std::vector<regulariser> of_classifier() {
  return {{"plain", [](const bench& b, const candidate& c) { return train<plain>(b, c, {}, {}); }},
          {"L1", [](const bench& b, const candidate& c) { return train<plain>(b, c, {}, {.l1 = 2e-3}); }},
          {"weight_decay",
           [](const bench& b, const candidate& c) { return train<plain>(b, c, {}, {.weight_decay = 1}); }},
          {"dropout", [](const bench& b, const candidate& c) { return train<dropping>(b, c, {}, {}); }},
          {"batch_norm", [](const bench& b, const candidate& c) { return train<normalised>(b, c, {}, {}); }},
          {"spectral_norm", [](const bench& b, const candidate& c) { return train<spectral>(b, c, {}, {}); }},
          {"early_stopping",
           [](const bench& b, const candidate& c) { return train<plain>(b, c, {}, {.patience = 5}); }},
          {"label_smoothing", [](const bench& b, const candidate& c) {
             return train<plain>(b, c, {.label_smoothing = 0.1}, {});
           }}};
}

}  // namespace searches
