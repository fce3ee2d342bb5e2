#pragma once
#include <memory>
#include <string>
#include <utility>

#include <genet/models/prefix_values.hpp>
#include <genet/run/weights_file.hpp>
#include <genet/train/seqgan_trainer.hpp>

#include "../program/run.hpp"
#include "corpus_bench.hpp"
#include "oracle_run.hpp"

namespace variants {

/// Trains a seqgan on a corpus by maximum likelihood, perhaps by rounds of policy gradients behind it, measures it, and
/// leaves a run directory.
template <class Gan>
void train_on(const settings& s, const std::string& declaration, corpus c) {
  using namespace genet;
  using generator = typename Gan::generator;
  const program::common& o = s.o;
  tensor::team team(o.threads);
  model<Gan> m{seed{o.seed}};
  m.set(last_layer<model<Gan>>("generator") + ".used", std::array{static_cast<float>(c.used)});

  const auto run = std::make_shared<token_writer<generator>>(at_once, team);
  corpus_voice voice{
      .write =
          [&](long count, std::uint64_t which, double temperature) {
            std::vector<std::int32_t> all(static_cast<std::size_t>(count * token_writer<generator>::length));
            run->write(generator_of(std::as_const(m)), all, rng::key{o.seed, stream::sampling + 1, which},
                       {.temperature = temperature});
            return all;
          },
      .nll = [&](std::span<const std::int32_t> tokens) {
        return nll_by<generator>(generator_of(std::as_const(m)), tokens, team);
      }};
  // A discriminator that never learnt says nothing.
  if (s.rounds > 0)
    voice.falls = [&](std::span<const std::int32_t> tokens) {
      constexpr long rollouts = 4;
      return value_falls(prefix_values(std::as_const(m), tokens, rollouts, seed{o.seed}, team),
                         token_writer<generator>::length);
    };

  const long steps = s.pretrain_epochs * ((static_cast<long>(c.train.size()) + o.batch - 1) / o.batch);
  corpus_bench bench(s, declaration, std::move(c), std::move(voice));
  // The rate falls to this share until the rounds begin; the discriminator's keeps its ratio to it.
  constexpr double floor = 0.05;
  trainer fit{m,
              sequence_adversarial{.pretrain_epochs = s.pretrain_epochs,
                                   .rollouts = s.rollouts,
                                   .generator_steps = s.generator_steps,
                                   .baseline = reward_baseline::position},
              optimisers<adam, adam>{.generator = {.learning_rate = o.learning_rate},
                                     .discriminator = {.learning_rate = s.discriminator_rate / floor}},
              cosine{.floor = floor * o.learning_rate, .steps = steps},
              training_options{.seed = o.seed, .clip_norm = 5, .threads = o.threads}};
  fit.remember("data", o.data.string()).remember("task", s.task).remember("text", s.text.string());
  fit.remember("pieces", s.pieces).remember("column", s.column);
  fit.remember("rate", std::to_string(s.rate)).remember("every", std::to_string(s.every));
  for (auto& callback : bench.callbacks()) fit.add(std::move(callback));
  if (o.resume) fit.resume_from(bench.last_checkpoint());
  fit.run(bench.train(), epochs{s.epochs()}, batch{o.batch});
  if (program::interrupted()) return;
  save(m, bench.weights());
  bench.finish(fit.rows());
}

}  // namespace variants
