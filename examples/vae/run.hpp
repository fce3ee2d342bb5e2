#pragma once
#include <cmath>
#include <utility>

#include <genet/models/annealed_bound.hpp>
#include <genet/train/trainer.hpp>

#include "../program/run.hpp"
#include "variants.hpp"
#include "workbench.hpp"

namespace variants {

/// What is drawn of a model that does what a vae does.
template <class Vae, class Model>
drawable pictures_of(const Model& m) {
  drawable pictures{.image = Vae::input_shape, .latent = Vae::latent_shape, .classes = Vae::classes};
  if constexpr (Vae::conditional) {
    pictures.means = [&](auto x, auto labels) { return m.encode(x, labels).mean; };
    pictures.decode = [&](auto z, auto labels) { return m.decode(z, labels); };
  } else {
    pictures.means = [&](auto x, auto) { return m.encode(x).mean; };
    pictures.decode = [&](auto z, auto) { return m.decode(z); };
  }
  pictures.prior = [&](long n, double temperature) { return m.prior(n, {}, temperature); };
  return pictures;
}

/// Trains a model by a trainer of its own, tests it, and saves it; false if the run was interrupted.
template <class Model, class Trainer>
bool train_by(Trainer& fit, const Model& m, workbench& bench, const settings& s, genet::epoch_record& tested) {
  using namespace genet;
  const program::common& o = s.o;
  fit.remember("data", o.data.string()).remember("variant", s.variant);
  for (auto& c : bench.callbacks()) fit.add(std::move(c));
  if (o.resume) fit.resume_from(bench.last_checkpoint());
  fit.run(bench.train(), epochs{o.epochs}, batch{o.batch}, bench.validation());
  if (program::interrupted()) return false;
  tested = fit.evaluate(bench.test(), "test", batch{o.batch});
  save(m, bench.weights());
  return true;
}

/// Trains a VAE, tests it, and leaves a run directory with weights, pictures and a report. `exact` gives log p(x) of
/// examples where that has a closed form.
template <class Vae, class Schedule = genet::constant>
void train(const settings& s, const description& about, Schedule schedule = {},
           double (*exact)(const genet::model<Vae>&, const genet::data::examples&) = nullptr) {
  using namespace genet;
  const program::common& o = s.o;
  model<Vae> m{seed{o.seed}};
  workbench bench(s, about, pictures_of<Vae>(m));

  trainer fit{m, elbo{.beta = s.beta, .warm_up = s.warm_up, .free_bits = s.free_bits},
              adam{.learning_rate = o.learning_rate}, std::move(schedule),
              training_options{.seed = o.seed, .threads = o.threads}};
  epoch_record tested;
  if (!train_by(fit, m, bench, s, tested)) return;
  if (s.codes) {
    tensor::team team{o.threads};
    bench.estimate(importance_bound(m, data::first(bench.test(), 1000), s.codes, seed{o.seed}, team).nats, s.codes);
  }
  if (s.annealed) {
    tensor::team team{o.threads};
    const annealing how{.temperatures = s.annealed, .seed = o.seed};
    const auto some = data::first(bench.test(), 100);
    const auto simulated = bidirectional_bound(m, some.count, how, team);
    bench.estimate({.images = some.count,
                    .temperatures = s.annealed,
                    .annealed = annealed_bound(m, some, how, team).nats,
                    .weighted = importance_bound(m, some, annealed_estimates::codes, seed{o.seed}, team).nats,
                    .exact = exact ? exact(m, some) : std::nan(""),
                    .lower = simulated.lower.nats,
                    .upper = simulated.upper.nats});
  }
  bench.finish(tested);
}

}  // namespace variants
