#pragma once
#include <utility>

#include <genet/models/vae.hpp>
#include <genet/train/trainer.hpp>

#include "../program/run.hpp"
#include "variants.hpp"
#include "workbench.hpp"

namespace variants {

/// Trains a VAE, tests it, and leaves a run directory with weights, pictures and a report.
template <class Vae, class Schedule = genet::constant>
void train(const settings& s, const description& about, Schedule schedule = {}) {
  using namespace genet;
  const program::common& o = s.o;
  model<Vae> m{seed{o.seed}};
  workbench bench(s, about,
                  {.image = Vae::input_shape,
                   .latent = Vae::latent_shape,
                   .sample = [&](long n) { return m.sample(n); },
                   .means = [&](std::span<const float> x) { return m.encode(x).mean; },
                   .decode = [&](std::span<const float> z) { return m.decode(z); }});

  trainer fit{m, elbo{.beta = s.beta, .warm_up = s.warm_up}, adam{.learning_rate = o.learning_rate},
              std::move(schedule), training_options{.seed = o.seed, .threads = o.threads}};
  fit.remember("data", o.data.string()).remember("variant", s.variant);
  for (auto& c : bench.callbacks()) fit.add(std::move(c));
  if (o.resume) fit.resume_from(bench.last_checkpoint());

  fit.run(bench.train(), epochs{o.epochs}, batch{o.batch}, bench.validation());
  if (program::interrupted()) return;
  const epoch_record tested = fit.evaluate(bench.test(), "test", batch{o.batch});
  save(m, bench.weights());
  bench.finish(tested);
}

}  // namespace variants
