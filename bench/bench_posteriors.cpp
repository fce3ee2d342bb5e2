// What a draw costs that is worth an independent one: processor time of the no-U-turn sampler, warm-up included, by the
// least effective sample size (of the bulk) of all parameters. bench/peers/posteriors.R does the same by Stan.
#include <genet/inference/nuts.hpp>
#include <genet/tensor/linear.hpp>

#include "../examples/posterior/models.hpp"
#include "measure.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

using namespace genet;

namespace {

constexpr int warmup = 1000, draws_of_chain = 4000, chains = 4;

/// 500 rows of 19 predictors, neighbours correlated, from a formula that is easily repeated elsewhere.
struct rows {
  static constexpr std::size_t count = 500, predictors = 19;
  std::array<std::array<double, count>, predictors> x;  // column after column
  std::array<double, count> y;
  static double noise(std::size_t i, std::size_t k) {
    const double v = std::sin(12.9898 * static_cast<double>(i) + 78.233 * static_cast<double>(k)) * 43758.5453;
    return (v - std::floor(v) - 0.5) * std::sqrt(12.);
  }
  rows() {
    for (std::size_t i = 0; i < count; ++i) {
      double mean = 0, before = 0;
      for (std::size_t k = 0; k < predictors; ++k) {
        x[k][i] = before = 0.5 * before + noise(i + 1, k + 1);
        mean += (static_cast<double>(k + 1) / 10 - 1) * before;
      }
      y[i] = mean + 2 * noise(i + 1, 0);
    }
  }
};

/// y ~ N(X b, sigma), b and sigma ~ N(0, 10): 20 parameters. Columns are contiguous, so that both products run along
/// the rows.
struct linear_regression : rows {
  using parameters = inference::parameters<inference::unbounded<predictors>, inference::positive<>>;
  using point = std::array<double, predictors + 1>;
  double log_density(const point& t, point& gradient) const {
    constexpr long n = count;
    const double sigma = t[predictors], precision = 1 / (sigma * sigma);
    std::array<double, count> rest = y;
    for (std::size_t k = 0; k < predictors; ++k) tensor::add_scaled(-t[k], x[k].data(), rest.data(), n);
    const double squares = tensor::dot(rest.data(), rest.data(), n);
    double density = -static_cast<double>(n) * std::log(sigma) - squares * precision / 2;
    for (std::size_t k = 0; k < predictors; ++k) gradient[k] = precision * tensor::dot(x[k].data(), rest.data(), n);
    gradient[predictors] = (squares * precision - static_cast<double>(n)) / sigma;
    for (std::size_t k = 0; k <= predictors; ++k) {
      density -= t[k] * t[k] / 200;
      gradient[k] -= t[k] / 100;
    }
    return density;
  }
};

/// p10_us and median_us are of one effective draw; gradients of one run.
template <class Model>
void nuts_draws(benchmark::State& state, double target) {
  const Model m;
  std::uint64_t seed = 0;
  bench::series all;
  double gradients = 0, mean = 0;
  for (auto _ : state) {
    const double begin = bench::seconds(bench::timer::processor);
    const inference::draws d = inference::sample(m, inference::nuts{.chains = chains,
                                                                    .warmup = warmup,
                                                                    .iterations = draws_of_chain,
                                                                    .seed = ++seed,
                                                                    .target_acceptance = target});
    const double spent = bench::seconds(bench::timer::processor) - begin;
    state.SetIterationTime(spent);
    double least = INFINITY;
    for (int i = 0; i < d.dimension; ++i) least = std::min(least, inference::ess_bulk(d.of(i)));
    all.calls.push_back(spent / least);
    gradients = 0;
    for (const int n : d.gradient_evaluations) gradients += n;
    mean = d.summary(0).mean;
  }
  bench::report(state, all);
  state.counters["gradients"] = gradients;
  state.counters["mean"] = mean;
}
void eight_schools(benchmark::State& state) { nuts_draws<posteriors::eight_schools>(state, 0.95); }
void regression(benchmark::State& state) { nuts_draws<linear_regression>(state, 0.8); }

}  // namespace

BENCHMARK(eight_schools)->UseManualTime();
BENCHMARK(regression)->UseManualTime();
