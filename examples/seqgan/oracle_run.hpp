#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <genet/models/sequences.hpp>
#include <genet/run/weights_file.hpp>
#include <genet/train/seqgan_trainer.hpp>

#include "../program/run.hpp"
#include "oracle_bench.hpp"

namespace variants {

inline constexpr genet::initialiser tenth{genet::initialiser::formula::normal, 0, 0.1};

/// The generator of Yu et al. 2017: all parameters are normal with a deviation of 0.1 at first.
template <int Vocabulary, int Length, int Width, template <int, class...> class Cell>
struct oracle_generator
    : genet::net<genet::tokens<Vocabulary, Length>, genet::embedding<Width, genet::weight_init<tenth>>,
                 Cell<Width, genet::weight_init<tenth>, genet::bias_init<tenth>>,
                 genet::token_distribution<Vocabulary, genet::weight_init<tenth>, genet::bias_init<tenth>>> {};
template <template <int, class...> class Cell>
using paper_generator = oracle_generator<5000, 20, 32, Cell>;
template <template <int, class...> class Cell>
using small_generator = oracle_generator<200, 10, 16, Cell>;

/// Filters of one width over embedded tokens, the most of each.
template <int Width, int Filters>
using filters = genet::chain<genet::conv1d<Filters, genet::kernel<Width>>, genet::relu, genet::max_over_time>;

template <int Vocabulary, int Length>
struct reduced_discriminator
    : genet::net<genet::tokens<Vocabulary, Length>, genet::embedding<32>,
                 genet::heads<genet::head<"two", filters<2, 32>>, genet::head<"three", filters<3, 32>>,
                              genet::head<"four", filters<4, 32>>, genet::head<"five", filters<5, 32>>>,
                 genet::concat, genet::highway, genet::dropout<0.25>, genet::dense<1>> {};

/// Of a seqgan's generator, or of a generator alone.
template <class Model>
auto generator_of(const Model& m) {
  if constexpr (genet::is_seqgan<typename Model::declaration>) return m.template part<"generator">();
  else return m.view();
}

/// Sequences that a generator works on at once.
inline constexpr long at_once = 512;

/// -log p of the tokens of sequences, in nats.
template <class Generator>
std::vector<double> nll_by(genet::weights<float> w, std::span<const std::int32_t> tokens, genet::tensor::team& team) {
  std::vector<double> all;
  all.reserve(tokens.size());
  const auto add = [&](auto log_p) {
    for (const float v : log_p) all.push_back(-static_cast<double>(v));
  };
  genet::sequences::score<Generator>(w, tokens, add, team, at_once);
  return all;
}

/// The generator of a model; `held` keeps the model, if nobody else does.
template <class Generator, class Model>
writer writer_of(const Model& m, std::uint64_t seed, genet::tensor::team& team,
                 std::shared_ptr<const Model> held = {}) {
  using namespace genet;
  constexpr long length = token_writer<Generator>::length;
  const auto run = std::make_shared<token_writer<Generator>>(at_once, team);
  return {.write =
              [&m, held, run, seed](long count, long epoch) {
                std::vector<std::int32_t> all(static_cast<std::size_t>(count * length));
                const rng::key key{seed, stream::sampling + 1, static_cast<std::uint64_t>(epoch)};
                run->write(generator_of(m), all, key);
                return all;
              },
          .nll = [&m, held, &team](std::span<const std::int32_t> tokens) {
            return nll_by<Generator>(generator_of(m), tokens, team);
          },
          .kept =
              [seed, &team](const std::filesystem::path& checkpoint, double temperature) {
                const auto other = std::make_shared<Model>(genet::seed{0});
                load(*other, checkpoint);
                // Logits are linear in the last layer.
                const std::string last = is_seqgan<typename Model::declaration> ? "generator.2." : "2.";
                for (const std::string& name : {last + "weight", last + "bias"}) {
                  auto values = other->get(name);
                  for (float& v : values) v /= static_cast<float>(temperature);
                  other->set(name, values);
                }
                return writer_of<Generator>(*other, seed, team, std::shared_ptr<const Model>(other));
              }};
}

/// The layer that ends a part.
template <class Model>
std::string last_layer(std::string_view part) {
  std::string_view last;
  for (const auto& t : Model::tensors())
    if (t.trained && t.name.substr(0, part.size()) == part) last = t.name;
  return std::string(last.substr(0, last.rfind('.')));
}

/// Runs a trainer, measured after each epoch.
template <class Trainer, class Model>
void run(Trainer& fit, const Model& m, oracle_bench& bench, const settings& s) {
  for (const auto& [key, value] : bench.remembered()) fit.remember(key, value);
  for (auto& c : bench.callbacks()) fit.add(std::move(c));
  if (s.o.resume) fit.resume_from(bench.last_checkpoint());
  fit.run(bench.train(), genet::epochs{s.epochs()}, genet::batch{s.o.batch});
  if (program::interrupted()) return;
  save(m, bench.weights());
  bench.finish(fit.rows());
}

/// Trains a seqgan on what an oracle writes, measures it after each epoch, and leaves a run directory.
template <class Gan>
void train(const settings& s, const description& about) {
  using namespace genet;
  const program::common& o = s.o;
  tensor::team team(o.threads);
  model<Gan> m{seed{o.seed}};
  oracle_bench bench(s, about, writer_of<typename Gan::generator>(m, o.seed, team), team);

  training_options options{.seed = o.seed, .clip_norm = 5, .threads = o.threads};
  // As in the paper's program: 0.2 times half the squares of the last layer.
  if constexpr (std::is_same_v<typename Gan::objective, binary>)
    options.rules.push_back({.name = last_layer<model<Gan>>("discriminator"), .weight_decay = 0.2});
  trainer fit{m,
              sequence_adversarial{.pretrain_epochs = s.pretrain_epochs,
                                   .rollouts = s.rollouts,
                                   .generator_steps = s.generator_steps,
                                   .pretrain_sets = 5,
                                   .discriminator_passes = 1,
                                   .baseline = s.baseline == "none" ? reward_baseline::none : reward_baseline::position,
                                   .scale = s.reward == "logit" ? reward_scale::logit : reward_scale::probability,
                                   .entropy = s.entropy,
                                   .reward = bench.reward()},
              optimisers<adam, adam>{.generator = {.learning_rate = o.learning_rate},
                                     .discriminator = {.learning_rate = s.discriminator_rate}},
              constant{}, std::move(options)};
  run(fit, m, bench, s);
}

}  // namespace variants
