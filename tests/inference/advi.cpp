#include <genet/inference/advi.hpp>

#include <numbers>

#include "models.hpp"

namespace {

/// A normal distribution of five numbers with scales from 1e-3 to 1e2 and strong correlations: x = mean + A z.
struct far_scales {
  using parameters = inference::parameters<unbounded<5>>;
  static constexpr std::array<double, 5> mean{1000, -2, 0.5, 3, 7}, scale{100, 1, 1e-3, 10, 0.1};
  /// log density is -|z|^2 / 2 with z_i = (x_i - mean_i) / scale_i - 0.9 (x_{i-1} - mean_{i-1}) / scale_{i-1}.
  auto log_density(const auto& t) const {
    auto before = (t[0] - mean[0]) / scale[0];
    auto sum = -0.5 * square(before);
    for (std::size_t i = 1; i < 5; ++i) {
      const auto here = (t[i] - mean[i]) / scale[i];
      sum -= 0.5 * square(here - 0.9 * before);
      before = here;
    }
    return sum;
  }
  /// Of the scaled numbers: u_i = 0.9 u_{i-1} + z_i.
  static double covariance(int i, int j) {
    double sum = 0;
    for (int k = 0; k <= std::min(i, j); ++k) sum += std::pow(0.9, i - k) * std::pow(0.9, j - k);
    return sum;
  }
};

/// Nearly a log-normal distribution.
struct gamma_fifty {
  using parameters = inference::parameters<positive<>>;
  auto log_density(const auto& t) const { return 49 * log(t[0]) - t[0]; }
};

/// Of a half line alone: no normal distribution has a bound.
struct half_line {
  using parameters = inference::parameters<unbounded<>>;
  auto log_density(const auto& t) const { return select(t[0] > 0, -t[0], -INFINITY); }
};

}  // namespace

TEST_CASE("full rank is exact for a normal distribution of any scales") {
  const auto fit = fit_advi(far_scales{}, {.full_rank = true});
  CHECK(fit.converged);
  double log_scales = 0;
  for (int i = 0; i < 5; ++i) {
    const auto k = static_cast<std::size_t>(i);
    log_scales += std::log(far_scales::scale[k]);
    CAPTURE(i);
    CHECK(std::abs(fit.mean[k] - far_scales::mean[k]) < 1e-3 * far_scales::scale[k]);
    for (int j = 0; j <= i; ++j)
      CHECK(fit.covariance(i, j) / far_scales::scale[k] / far_scales::scale[static_cast<std::size_t>(j)] ==
            doctest::Approx(far_scales::covariance(i, j)).epsilon(1e-3));
  }
  CHECK(fit.elbo == doctest::Approx(log_scales + 2.5 * std::log(2 * std::numbers::pi)).epsilon(1e-5));
  CHECK(fit.elbo_error < 1e-4);
  CHECK(pareto_k(sample(far_scales{}, fit, {.chains = 2, .iterations = 2000}).log_weights) < 0.5);
}

TEST_CASE("mean field has the variances of the conditional distributions") {
  // The precision's diagonal is 1 + 0.81 but for the last number.
  const auto fit = fit_advi(far_scales{}, {.most_steps = 5000});
  for (int i = 0; i < 5; ++i) {
    const auto k = static_cast<std::size_t>(i);
    CAPTURE(i);
    CHECK(std::abs(fit.mean[k] - far_scales::mean[k]) < 0.02 * far_scales::scale[k]);
    CHECK(std::sqrt(fit.covariance(i, i)) / far_scales::scale[k] ==
          doctest::Approx(1 / std::sqrt(i < 4 ? 1.81 : 1)).epsilon(0.01));
    for (int j = 0; j < i; ++j) CHECK(fit.covariance(i, j) == 0);
  }
  // The bound is short of the evidence by the divergence: half the logarithm of the product of precisions, 1.81^4.
  double log_scales = 0;
  for (const double s : far_scales::scale) log_scales += std::log(s);
  const double exact = log_scales + 2.5 * std::log(2 * std::numbers::pi) - 2 * std::log(1.81);
  CHECK(fit.elbo_error > 0);
  CHECK(std::abs(fit.elbo - exact) < 4 * fit.elbo_error + 1e-3);
}

TEST_CASE("draws are constrained, the same for any number of threads") {
  tensor::team two(2);
  const advi o{.chains = 2, .iterations = 2000, .seed = 3};
  const draws d = sample(gamma_fifty{}, o), e = sample(gamma_fifty{}, o, two);
  CHECK(d.values == e.values);
  CHECK(std::ranges::all_of(d.values, [](double v) { return v > 0; }));
  agrees(d.summary(0), 50, std::sqrt(50.), 0.05, 0.1);
  const double exact = std::lgamma(50);
  const auto fit = fit_advi(gamma_fifty{}, o);
  CHECK(fit.elbo < exact);
  CHECK(fit.elbo == doctest::Approx(exact).epsilon(1e-4));
}

TEST_CASE("eight schools, roughly") {
  const auto d = sample(eight_schools{}, advi{.full_rank = true});
  CHECK(std::abs(d.summary(0).mean - 4.41) < 0.7);
  CHECK(std::abs(d.summary(0).sd - 3.31) < 0.7);
}

TEST_CASE("what has no bound") {
  CHECK_THROWS_WITH_AS(fit_advi(half_line{}),
                       doctest::Contains("advi: the evidence lower bound of half_line is not finite after 100 steps"),
                       bad_input);
  CHECK_THROWS_WITH_AS(fit_advi(not_a_number{}), doctest::Contains("not_a_number is NaN at theta"), bad_input);
  CHECK_THROWS_AS(fit_advi(nowhere{}), bad_input);
  CHECK_THROWS_AS(fit_advi(half_line{}, {.gradient_pairs = 0}), usage_error);
  CHECK_THROWS_AS(fit_advi(half_line{}, {.tolerance = 0}), usage_error);
  CHECK_THROWS_AS(sample(half_line{}, advi{.iterations = 0}), usage_error);
}
