#include <genet/train/maximum_likelihood.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include <genet/kernels.hpp>
#include <genet/train/trainer.hpp>

using namespace genet;

namespace {

struct writing : net<tokens<7, 6>, embedding<4>, lstm<5>, token_distribution<7>> {};
struct writing_shorter : net<tokens<7, 4>, embedding<4>, lstm<5>, token_distribution<7>> {};

/// Sequences of four tokens, with two of padding behind them where they are six long.
data::examples sentences(long count, long length, std::int32_t padding = 3) {
  data::examples e;
  e.count = count;
  e.length = length;
  for (long i = 0; i < count; ++i)
    for (long t = 0; t < length; ++t) {
      e.tokens.push_back(t < 4 ? static_cast<std::int32_t>((i * 5 + t * (i % 3 + 1)) % 7) : padding);
      if (length > 4) e.mask.push_back(t < 4);
    }
  return e;
}

template <class Net>
struct after_training {
  std::vector<double> parameters;
  double loss = 0;
};
template <class Net>
after_training<Net> descend(const data::examples& e, training_options options = {}, long batches = 5) {
  model<Net, double> m{seed{6}};
  trainer fit{m, maximum_likelihood{}, sgd{.learning_rate = 0.5}, constant{}, std::move(options)};
  const history h = fit.run(e, epochs{3}, batch{batches});
  return {{m.parameters().begin(), m.parameters().end()}, h.rows().back().loss};
}
double distance(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

}  // namespace

TEST_CASE("the loss is the mean of -log p over the tokens") {
  const data::examples e = sentences(5, 4);
  model<writing_shorter, double> m{seed{6}};
  session<writing_shorter, double, capability::forward> run(5);
  std::vector<std::int32_t> previous(20);
  likelihood_feed<double>::move_on(e.tokens.data(), 5, 4, previous.data());
  CHECK(previous[0] == 0);
  CHECK(previous[1] == e.tokens[0]);
  const void* in[] = {previous.data()};
  run.forward(std::as_const(m).view(), in, 5);
  double sum = 0;
  for (std::size_t i = 0; i < 20; ++i) sum -= run.output()[7 * i + static_cast<std::size_t>(e.tokens[i])];
  trainer fit{m, maximum_likelihood{}, sgd{}};
  CHECK(fit.evaluate(e, "test").loss == doctest::Approx(sum / 20).epsilon(1e-12));
}

TEST_CASE("padding that a mask hides changes neither loss nor gradients") {
  const auto plain = descend<writing_shorter>(sentences(20, 4));
  for (const std::int32_t padding : {3, 0, 6}) {
    const auto padded = descend<writing>(sentences(20, 6, padding));
    CHECK(std::abs(padded.loss - plain.loss) < 1e-12);
    CHECK(distance(padded.parameters, plain.parameters) < 1e-12);
  }
}

TEST_CASE("accumulated gradients are those of the union; the optimiser's step within the backward pass is the same") {
  const auto whole = descend<writing_shorter>(sentences(20, 4), {}, 10);
  CHECK(distance(descend<writing_shorter>(sentences(20, 4), {.accumulate = 2}, 5).parameters, whole.parameters) < 1e-12);
  // Clipping that never clips keeps whole gradients.
  CHECK(distance(descend<writing_shorter>(sentences(20, 4), {.clip_norm = 1e9}, 10).parameters, whole.parameters) < 1e-12);
}

TEST_CASE("it learns") {
  const data::examples e = sentences(21, 4);
  model<writing_shorter> m{seed{6}};
  trainer fit{m, maximum_likelihood{}, adam{.learning_rate = 0.05}};
  const history h = fit.run(e, epochs{150}, batch{21});
  CHECK(h.rows().front().loss > 1.8);
  CHECK(h.rows().back().loss < 1.0);
}
