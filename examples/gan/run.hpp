#pragma once
#include <utility>

#include <genet/kernels.hpp>
#include <genet/run/weights_file.hpp>
#include <genet/train/adversarial_trainer.hpp>

#include "../program/run.hpp"
#include "variants.hpp"
#include "workbench.hpp"

namespace variants {

/// Adam's decay rates, of both nets.
struct betas {
  double first, second;
};

/// Trains a gan, tests it, and leaves a run directory with weights, pictures and a report.
template <class Gan, class Schedule = genet::constant>
void train(const settings& s, const description& about, betas b, Schedule schedule = {}) {
  using namespace genet;
  const program::common& o = s.o;
  model<Gan> m{seed{o.seed}};
  drawable made{.image = Gan::image_shape,
                .classes = Gan::classes,
                .noise = [&m](long n, double temperature) { return m.latent(n, {}, temperature); },
                .generate = [&m](auto z, auto labels) { return m.generate(z, labels); }};
  const auto bench = (Gan::image_shape.rank == 1 ? point_bench : image_bench)(s, about, std::move(made));

  trainer fit{m,
              adversarial{.critic_steps = s.critic_steps,
                          .label_smoothing = s.label_smoothing,
                          .penalty_weight = s.penalty_weight},
              optimisers<adam, adam>{.generator = {o.learning_rate, b.first, b.second},
                                     .discriminator = {s.discriminator_rate, b.first, b.second}},
              std::move(schedule), training_options{.seed = o.seed, .threads = o.threads}};
  fit.remember("data", o.data.string()).remember("variant", s.variant);
  for (auto& c : bench->callbacks()) fit.add(std::move(c));
  if (o.resume) fit.resume_from(bench->last_checkpoint());

  fit.run(bench->train(), epochs{o.epochs}, batch{o.batch});
  if (program::interrupted()) return;
  epoch_record tested = fit.evaluate(bench->test(), "test", batch{o.batch});
  save(m, bench->weights());
  bench->finish(fit.rows(), std::move(tested));
}

}  // namespace variants
