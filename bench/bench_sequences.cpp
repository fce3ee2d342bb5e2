// What generators of sequences spend their time on: likelihoods over a vocabulary with all gradients, drawing tokens,
// and whole training steps. flops are those of the products that are needed; exponentials come on top.
#include <genet/genet.hpp>
#include <genet/run/token_writer.hpp>
#include <genet/train/maximum_likelihood.hpp>

#include "learner.hpp"
#include "measure.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

using namespace genet;

namespace {

// As in SeqGAN: 5000 words, 20 positions, batches of 64, 32 units.
constexpr long batch = 64, length = 20;
constexpr int vocabulary = 5000, units = 32;
constexpr double product = 2.0 * batch * length * vocabulary * units;

tensor::block<float> filled(long n) {
  tensor::block<float> b(n);
  rng::normal(b.span(), rng::key{1, 2, 3});
  return b;
}
std::vector<std::int32_t> words(long n) {
  std::vector<std::int32_t> v(static_cast<std::size_t>(n));
  for (long i = 0; i < n; ++i) v[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(i * 7919 % vocabulary);
  return v;
}

using likelihood_end = net<inputs<named<"hidden", input<length, units>>, named<"targets", tokens<vocabulary, length>>,
                                  named<"coefficients", input<length>>>,
                           token_likelihood<vocabulary>>;

/// Log-probabilities of targets; in training with the gradients of the states, the weight and the bias.
void likelihood(benchmark::State& state) {
  const bool training = state.range(0) != 0;
  tensor::team team(static_cast<int>(state.range(1)));
  model<likelihood_end> m{seed{1}};
  session<likelihood_end, float, capability::full_gradient> run(batch, team);
  const auto hidden = filled(batch * length * units), coefficients = filled(batch * length);
  const auto targets = words(batch * length);
  std::vector<float> gradients(m.parameters().size());
  const void* in[] = {hidden.data(), targets.data(), coefficients.data()};
  bench::measure(
      state, training ? 3 * product : product,
      [&] {
        run.forward(m.view(), in, batch, training ? mode::training : mode::evaluation);
        if (training) run.backward(m.view(), gradients.data());
      },
      team.size() > 1 ? bench::timer::wall : bench::timer::processor);
}

using distribution_end = net<input<length, units>, token_distribution<vocabulary>>;

/// Log-probabilities of all words, and all gradients from given ones.
void distribution(benchmark::State& state) {
  const bool training = state.range(0) != 0;
  model<distribution_end> m{seed{1}};
  session<distribution_end, float, capability::full_gradient> run(batch);
  const auto hidden = filled(batch * length * units), dy = filled(batch * length * vocabulary);
  std::vector<float> gradients(m.parameters().size());
  bench::measure(state, training ? 3 * product : product, [&] {
    run.forward(m.view(), hidden.data(), batch, training ? mode::training : mode::evaluation);
    if (!training) return;
    std::ranges::copy(dy.span(), run.output_gradient().begin());
    run.backward(m.view(), gradients.data());
  });
}

/// One word for each of 64 x 20 hidden states.
void draw(benchmark::State& state, const sampling& how) {
  const model<distribution_end> m{seed{1}};
  token_sampler<distribution_end> sampler;
  const auto hidden = filled(batch * length * units);
  std::vector<std::int32_t> drawn(static_cast<std::size_t>(batch * length));
  bench::measure(state, product, [&, step = 0UL]() mutable {
    sampler.draw(m.view(), std::span<const float>(hidden.span()), how, rng::key{1, stream::sampling, ++step}, 0,
                 std::span(drawn));
  });
}
void draw_plain(benchmark::State& state) { draw(state, {}); }
void draw_top_k(benchmark::State& state) { draw(state, {.temperature = 0.8, .top_k = 50}); }
void draw_greedy(benchmark::State& state) { draw(state, {.greedy = true}); }

using table = net<tokens<vocabulary, length>, embedding<units>>;

/// The gradient of an embedding: all rows are written, few have one.
void embedding_gradient(benchmark::State& state) {
  model<table> m{seed{1}};
  session<table> run(batch);
  const auto in = words(batch * length);
  const void* sources[] = {in.data()};
  std::vector<float> gradients(m.parameters().size());
  run.forward(m.view(), sources, batch, mode::training);
  std::ranges::fill(run.output_gradient(), 1.0F);
  bench::measure(state, [&] { run.backward(m.view(), gradients.data()); });
}

// ---- whole steps

struct writer : net<tokens<vocabulary, length>, embedding<units>, lstm<units>, token_distribution<vocabulary>> {};
// Those of the cells too: of inputs, of states, and their gradients.
constexpr double cells = 3 * 2.0 * batch * length * 4 * units * (units + units);

/// A step of maximum likelihood with Adam.
void sequence_step(benchmark::State& state) {
  bench::learner<writer, likelihood_of<writer>> learn(batch, adam{.learning_rate = 1e-3});
  likelihood_feed<float> feed(batch, length);
  std::fill_n(feed.coefficients(), batch * length, -1.0F / (batch * length));
  const auto text = words(batch * length);
  bench::measure(state, 3 * product + cells, [&] {
    learn.run.forward(learn.m.view(), feed.of(text.data(), batch), batch, mode::training);
    learn.step();
  });
}

/// 64 sequences, word after word.
void sequence_write(benchmark::State& state) {
  const model<writer> m{seed{1}};
  token_writer<writer> pen(batch);
  std::vector<std::int32_t> text(static_cast<std::size_t>(batch * length));
  bench::measure(state, product + cells / 3, [&, step = 0UL]() mutable {
    pen.write(m.view(), std::span(text), rng::key{1, stream::sampling, ++step});
  });
}

}  // namespace

BENCHMARK(likelihood)->ArgNames({"training", "threads"})->Args({0, 1})->Args({1, 1})->Args({1, 2})->UseManualTime();
BENCHMARK(distribution)->ArgName("training")->Arg(0)->Arg(1)->UseManualTime();
BENCHMARK(draw_plain)->UseManualTime();
BENCHMARK(draw_top_k)->UseManualTime();
BENCHMARK(draw_greedy)->UseManualTime();
BENCHMARK(embedding_gradient)->UseManualTime();
BENCHMARK(sequence_step)->UseManualTime();
BENCHMARK(sequence_write)->UseManualTime();
