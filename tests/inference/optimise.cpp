#include <genet/inference/optimise.hpp>

#include <numbers>

#include "models.hpp"

namespace {

/// Rosenbrock's valley: the maximum is 0 at (1, 1).
struct valley {
  using parameters = inference::parameters<unbounded<2>>;
  auto log_density(const auto& t) const { return -square(1 - t[0]) - 100 * square(t[1] - square(t[0])); }
};

/// A coin with a flat prior: the mode is heads / n, the evidence B(heads + 1, tails + 1).
struct coin {
  using parameters = inference::parameters<interval<0, 1>>;
  int heads = 70, tails = 30;
  auto log_density(const auto& t) const { return heads * log(t[0]) + tails * log(1 - t[0]); }
};

/// Its maximum over the simplex is at the shares.
struct shares {
  using parameters = inference::parameters<simplex<3>>;
  auto log_density(const auto& t) const { return 5 * log(t[0]) + 3 * log(t[1]) + 2 * log(t[2]); }
};

struct endless {
  using parameters = inference::parameters<unbounded<>>;
  auto log_density(const auto& t) const { return 1 * t[0]; }
};

}  // namespace

TEST_CASE("maxima that are known") {
  const auto v = maximise(valley{});
  CHECK(v.converged);
  CHECK(v.iterations < 100);
  for (const double t : v.theta) CHECK(t == doctest::Approx(1).epsilon(1e-6));
  CHECK(maximise(coin{}).theta[0] == doctest::Approx(0.7).epsilon(1e-7));
  CHECK(maximise(coin{}, {.jacobian = true}).theta[0] == doctest::Approx(71. / 102).epsilon(1e-7));
  const auto s = maximise(shares{});
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(s.theta[i] == doctest::Approx(i == 0 ? 0.5 : i == 1 ? 0.3 : 0.2).epsilon(1e-6));
  const std::array<std::array<double, 2>, 1> start{{{-1.2, 1}}};
  CHECK(maximise(valley{}, {}, start).converged);
  CHECK(!maximise(valley{}, {.iterations = 3}, start).converged);
  CHECK(!maximise(endless{}, {.iterations = 20}).converged);
}

TEST_CASE("the normal distribution around the mode is exact for a normal distribution") {
  conjugate_normal m;
  m.y = {1, 2, 0.5};
  const auto fit = fit_laplace(m);
  CHECK(fit.mode.theta[0] == doctest::Approx(3.5 / 4));
  CHECK(fit.covariance[0] == doctest::Approx(0.25).epsilon(1e-8));
  const double squares = 1 + 4 + 0.25 - 3.5 * 3.5 / 4;
  CHECK(fit.log_evidence == doctest::Approx(-squares / 2 + std::log(2 * std::numbers::pi / 4) / 2).epsilon(1e-9));
  const auto c = fit_laplace(correlated{});
  CHECK(c.covariance[0] == doctest::Approx(1).epsilon(1e-6));
  CHECK(c.covariance[1] == doctest::Approx(0.99).epsilon(1e-6));
  const draws d = sample(correlated{}, laplace{.chains = 2});
  for (int i = 0; i < 2; ++i) agrees(d.summary(i), 0, 1);
}

TEST_CASE("the evidence of a coin, up to the order of 1 / n") {
  const double exact = std::lgamma(71) + std::lgamma(31) - std::lgamma(102);
  CHECK(std::abs(fit_laplace(coin{}).log_evidence - exact) < 0.01);
  CHECK(sample(coin{}, laplace{}).summary(0).mean == doctest::Approx(71. / 102).epsilon(0.01));
}

TEST_CASE("what has no mode") {
  CHECK_THROWS_WITH_AS(fit_laplace(endless{}), doctest::Contains("has no maximum that can be found"), bad_input);
  CHECK_THROWS_AS(maximise(nowhere{}), bad_input);
  CHECK_THROWS_AS(maximise(not_a_number{}), bad_input);
  CHECK_THROWS_AS(maximise(valley{}, {.iterations = 0}), usage_error);
}
