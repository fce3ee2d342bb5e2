#pragma once
// Posteriors whose answers are known, and what tests of samplers share.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include <genet/inference/chains.hpp>

using namespace genet;
using namespace genet::inference;

/// Rubin's eight schools, non-centred: theta = mu + tau eta.
struct eight_schools {
  using parameters = inference::parameters<unbounded<>, positive<>, unbounded<8>>;
  std::array<double, 8> y{28, 8, -3, 7, -1, 1, 18, 12}, sigma{15, 10, 16, 11, 9, 11, 10, 18};
  auto log_density(const auto& t) const {
    auto sum = -0.5 * square(t[0] / 5) - log1p(square(t[1] / 5));
    for (std::size_t i = 0; i < 8; ++i)
      sum -= 0.5 * square(t[2 + i]) + 0.5 * square((y[i] - (t[0] + t[1] * t[2 + i])) / sigma[i]);
    return sum;
  }
};

/// Two standard normal numbers of correlation 0.99.
struct correlated {
  using parameters = inference::parameters<unbounded<2>>;
  auto log_density(const auto& t) const {
    constexpr double rho = 0.99;
    return -(square(t[0]) - 2 * rho * t[0] * t[1] + square(t[1])) / (2 * (1 - rho * rho));
  }
};

/// mu ~ N(0, 1), y ~ N(mu, 1): the posterior is N(sum y / (n + 1), 1 / (n + 1)).
struct conjugate_normal {
  using parameters = inference::parameters<unbounded<>>;
  std::array<double, 3> y{};
  auto log_density(const auto& t) const {
    auto sum = -0.5 * square(t[0]);
    for (const double v : y) sum -= 0.5 * square(t[0] - v);
    return sum;
  }
};

/// Three states of probabilities 1/6, 2/6, 3/6: thirds of (0, 3).
struct three_states {
  using parameters = inference::parameters<interval<0, 3>>;
  auto log_density(const auto& t) const {
    return select(t[0] < 1, 0 * t[0], select(t[0] < 2, 0 * t[0] + std::log(2.), 0 * t[0] + std::log(3.)));
  }
};

struct nowhere {
  using parameters = inference::parameters<unbounded<>>;
  auto log_density(const auto& t) const { return select(t[0] > 1e9, -square(t[0]), -INFINITY); }
};
struct not_a_number {
  using parameters = inference::parameters<positive<>>;
  auto log_density(const auto& t) const { return sqrt(t[0] - 100) - t[0]; }
};

/// Means and deviations of a summary within `errors` standard errors, and the chains converged.
inline void agrees(const quantity_summary& q, double mean, double sd, double mean_error = 0, double sd_error = 0) {
  CHECK(std::abs(q.mean - mean) <= 4 * std::hypot(q.mcse_mean, mean_error));
  CHECK(std::abs(q.sd - sd) <= 4 * std::hypot(q.mcse_sd, sd_error));
  CHECK(q.r_hat < 1.01);
}

/// Chi-square of the ranks of the true parameter among thinned draws, 20 classes: Talts et al., Validating Bayesian
/// inference algorithms with simulation-based calibration (2018). 43.8 is the quantile of 1 - 1e-3 for 19 degrees of
/// freedom.
template <class Model = conjugate_normal, class Sampler>
double calibration(Sampler o, int replications, long every) {
  constexpr int classes = 20;
  std::array<int, classes> counts{};
  o.chains = 1;
  o.iterations = (classes - 1) * every;
  for (int r = 0; r < replications; ++r) {
    std::array<double, 4> z;
    rng::normal(std::span<double>(z), rng::key{99, 0, static_cast<std::uint64_t>(r)});
    Model m;
    for (std::size_t i = 0; i < 3; ++i) m.y[i] = z[0] + z[i + 1];
    o.seed = static_cast<std::uint64_t>(r);
    const draws d = sample(m, o);
    std::size_t rank = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(classes - 1); ++i)
      rank += d.values[(i + 1) * static_cast<std::size_t>(every) - 1] < z[0];
    ++counts[rank];
  }
  double chi_square = 0;
  const double expected = replications / static_cast<double>(classes);
  for (const int n : counts) chi_square += (n - expected) * (n - expected) / expected;
  return chi_square;
}
