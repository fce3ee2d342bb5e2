#include <genet/inference/chance.hpp>

#include <doctest/doctest.h>

#include <array>
#include <vector>

using namespace genet;
using inference::chance;

namespace {

/// Mean and variance of 20 000 draws, each within five of its standard errors (the variance's from a kurtosis).
template <class F>
void has_moments(const F& draw, double mean, double variance, double kurtosis) {
  constexpr int n = 20'000;
  double sum = 0, squares = 0;
  for (int i = 0; i < n; ++i) {
    chance c(1, 2, static_cast<std::uint64_t>(i));
    const double x = draw(c);
    sum += x - mean;
    squares += (x - mean) * (x - mean);
  }
  CAPTURE(mean);
  CHECK(std::abs(sum / n) < 5 * std::sqrt(variance / n));
  CHECK(std::abs(squares / n - variance) < 5 * variance * std::sqrt((kurtosis - 1) / n));
}

}  // namespace

TEST_CASE("distributions have their moments") {
  has_moments([](chance& c) { return c.uniform(); }, 0.5, 1. / 12, 1.8);
  has_moments([](chance& c) { return c.normal(3, 2); }, 3, 4, 3);
  has_moments([](chance& c) { return c.exponential(); }, 1, 1, 9);
  for (const double shape : {0.3, 1., 4.5})
    has_moments([&](chance& c) { return c.gamma(shape); }, shape, shape, 3 + 6 / shape);
  has_moments([](chance& c) { return c.beta(2, 3); }, 0.4, 0.04, 2.36);
  has_moments(
      [](chance& c) {
        std::array weights{2., 1., 2.};
        c.dirichlet(weights);
        CHECK(weights[0] + weights[1] + weights[2] == doctest::Approx(1));
        return weights[0];
      },
      0.4, 0.04, 2.36);
  has_moments(
      [](chance& c) { return c.categorical(std::array{0., 3., 0., 1., 0.}) == 1 ? 1. : 0.; }, 0.75, 0.1875, 2.34);
}

TEST_CASE("a function of seed, chain and iteration, other numbers at each call") {
  chance a(1, 2, 3), b(1, 2, 3), other(1, 2, 4);
  std::vector<double> x(3), y(3);
  a.normal(x);
  b.normal(y);
  CHECK(x == y);
  CHECK(a.uniform() == b.uniform());
  CHECK(a.normal() != y[0]);
  CHECK(other.uniform() != chance(1, 2, 3).uniform());
}
