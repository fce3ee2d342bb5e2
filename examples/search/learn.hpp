#pragma once
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <genet/kernels.hpp>
#include <genet/models/importance_bound.hpp>
#include <genet/train/callbacks.hpp>
#include <genet/train/l1_shrinkage.hpp>
#include <genet/train/trainer.hpp>

#include "bench.hpp"

namespace searches {

/// How a candidate is trained.
struct recipe {
  double learning_rate = 1e-3, weight_decay = 0, l1 = 0;
  std::optional<long> patience{};  // of early stopping by the validation images
};

/// Trains a candidate, from where its checkpoint left it.
template <class Model, class Objective>
void learn(const bench& b, const genet::candidate& c, Model& m, Objective objective, const recipe& how) {
  using namespace genet;
  const program::common& o = b.chosen().o;
  trainer fit{m, std::move(objective), adamw{.learning_rate = how.learning_rate, .weight_decay = how.weight_decay},
              constant{}, training_options{.seed = c.seed, .threads = o.threads}};
  if (how.l1 > 0) fit.add(l1_shrinkage{m, how.l1});
  if (how.patience) fit.add(early_stopping{.patience = *how.patience, .restore_best_weights = true});
  for (auto& one : b.callbacks(c)) fit.add(std::move(one));
  fit.remember("data", o.data.string()).resume_from(b.begun(c));
  fit.run(b.train(), epochs{c.budget}, batch{o.batch}, how.patience ? &b.validation() : nullptr);
}

/// The score of a VAE: negative ELBO, each image by one code.
template <class Vae>
double keep_bounds(const bench& b, const genet::candidate& c, const genet::model<Vae>& m) {
  const auto losses = [&](const genet::data::examples& of) {
    auto each = genet::importance_bound(m, of, 1, genet::seed{c.seed}).per_example;
    for (double& v : each) v = -v;
    return each;
  };
  return b.keep(c, losses(b.validation()), losses(b.test()));
}

/// Trains a VAE and keeps what it loses.
template <class Vae>
double train_vae(const bench& b, const genet::candidate& c, const genet::elbo& objective, const recipe& how) {
  genet::model<Vae> m{genet::seed{c.seed}};
  learn(b, c, m, objective, how);
  return keep_bounds(b, c, m);
}

/// Trains VAEs of all these types and compares them.
template <class Types>
void search_vaes(const settings& s, const genet::model_choice<Types>& models, const char* title,
                 const char* declaration) {
  bench b(s, {title, declaration, "negative ELBO, nats per image"}, genet::with_models(models, {}));
  const auto found = b.by_strategy([&](const auto& strategy) {
    return genet::search(models, {}, strategy, b.options(),
                         [&](auto type, const genet::candidate& c) {
                           return train_vae<typename decltype(type)::type>(b, c, {},
                                                                           {.learning_rate = s.o.learning_rate});
                         },
                         b.watch());
  });
  b.finish(found);
}

}  // namespace searches
