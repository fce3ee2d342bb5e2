#include <genet/inference/gibbs.hpp>

#include "models.hpp"

namespace {

/// Normal numbers of unknown mean and variance v with the conjugate prior: v inverse-gamma(3, 4), mu | v ~ N(1, v / 2).
/// Gelman et al.: Bayesian Data Analysis, 3.3.
template <int Kind>
struct normal_inverse_gamma {
  using parameters = inference::parameters<unbounded<>, positive<>>;
  static constexpr std::string_view names = "mu v";
  std::array<double, 5> y{2.1, -0.3, 1.7, 3.2, 0.4};
  static constexpr double prior_mean = 1, prior_count = 2, a = 3, b = 4;
  auto log_density(const auto& t) const {
    auto sum = -(a + 1 + 0.5) * log(t[1]) - b / t[1] - prior_count / 2 * square(t[0] - prior_mean) / t[1];
    for (const double v : y) sum -= 0.5 * square(v - t[0]) / t[1] + 0.5 * log(t[1]);
    return sum;
  }
  double n() const { return static_cast<double>(y.size()); }
  double total() const { return y[0] + y[1] + y[2] + y[3] + y[4]; }
  double posterior_mean() const { return (prior_count * prior_mean + total()) / (prior_count + n()); }
  auto conditionals() const {
    const auto mean = [this](auto& t, chance& c) {
      t[0] = c.normal(posterior_mean(), std::sqrt(t[1] / (prior_count + n())));
    };
    const auto variance = [this](auto& t, chance& c) {
      double rest = b + prior_count / 2 * (t[0] - prior_mean) * (t[0] - prior_mean);
      for (const double v : y) rest += (v - t[0]) * (v - t[0]) / 2;
      t[1] = rest / c.gamma(a + 0.5 + n() / 2);
    };
    if constexpr (Kind == 0)
      return std::tuple{mean, variance};
    else if constexpr (Kind == 1)
      return std::tuple{mean, slice_update{.first = 1}};
    else
      return std::tuple{metropolis_update{.first = 0, .count = 1, .step_size = 100}, variance};
  }
};

template <int Kind>
void has_the_closed_form(long thinning) {
  const normal_inverse_gamma<Kind> m;
  const draws d = sample(m, gibbs{.iterations = 4000, .thinning = thinning, .seed = 3});
  double squares = 0;
  for (const double v : m.y) squares += (v - m.total() / m.n()) * (v - m.total() / m.n());
  const double count = m.prior_count + m.n(), shape = m.a + m.n() / 2, apart = m.total() / m.n() - m.prior_mean,
               rate = m.b + squares / 2 + m.prior_count * m.n() / count * apart * apart / 2;
  // v is inverse-gamma, mu Student's t of 2 shape degrees of freedom.
  agrees(d.summary(1), rate / (shape - 1), rate / (shape - 1) / std::sqrt(shape - 2));
  agrees(d.summary(0), m.posterior_mean(), std::sqrt(rate / (shape - 1) / count));
}

/// The share of one of two known normal distributions, flat prior: allocations are drawn and forgotten.
struct mixture_share {
  using parameters = inference::parameters<interval<0, 1>>;
  std::array<double, 6> y{-1.2, -0.4, 0.3, 1.1, 1.9, 2.4};
  static double first(double v) { return std::exp(-(v + 1) * (v + 1) / 2); }
  static double second(double v) { return std::exp(-(v - 1) * (v - 1) / 2); }
  auto log_density(const auto& t) const {
    auto sum = 0 * t[0];
    for (const double v : y) sum += log(t[0] * first(v) + (1 - t[0]) * second(v));
    return sum;
  }
  auto conditionals() const {
    return std::tuple{[this](auto& t, chance& c) {
      double counts[2] = {1, 1};
      for (const double v : y) ++counts[c.categorical(std::array{t[0] * first(v), (1 - t[0]) * second(v)})];
      t[0] = c.beta(counts[0], counts[1]);
    }};
  }
};

struct calibrated : conjugate_normal {
  auto conditionals() const { return std::tuple{slice_update{}, metropolis_update{}}; }
};

/// Updates that are wrong.
template <int Kind>
struct wrong {
  using parameters = inference::parameters<positive<>>;
  auto log_density(const auto& t) const { return select(t[0] < 100, -t[0], -INFINITY); }
  auto conditionals() const {
    const auto fine = [](auto& t, chance& c) { t[0] = c.exponential(); };
    if constexpr (Kind == 0) return std::tuple{fine, [](auto& t, chance&) { t[0] = -1; }};
    if constexpr (Kind == 1) return std::tuple{fine, [](auto& t, chance&) { t[0] = 200; }};
    if constexpr (Kind == 2) return std::tuple{slice_update{.first = 1}};
    if constexpr (Kind == 3) return std::tuple{metropolis_update{.first = 0, .count = 2}};
  }
};

}  // namespace

TEST_CASE("a conjugate model, by draws of its conditionals and by steps") {
  has_the_closed_form<0>(1);
  has_the_closed_form<1>(1);
  has_the_closed_form<2>(5);
}

TEST_CASE("a mixture, against the integral") {
  const mixture_share m;
  double mass = 0, mean = 0, square = 0;
  for (int i = 0; i < 2000; ++i) {
    const double p = (i + 0.5) / 2000;
    double density = 1;
    for (const double v : m.y) density *= p * m.first(v) + (1 - p) * m.second(v);
    mass += density, mean += p * density, square += p * p * density;
  }
  mean /= mass;
  agrees(sample(m, gibbs{.iterations = 4000}).summary(0), mean, std::sqrt(square / mass - mean * mean));
}

TEST_CASE("simulation-based calibration") { CHECK(calibration<calibrated>(gibbs{.warmup = 50}, 400, 3) < 43.8); }

TEST_CASE("the same draws for any number of threads") {
  tensor::team two(2);
  const gibbs o{.chains = 3, .warmup = 20, .iterations = 30};
  const normal_inverse_gamma<1> m;
  CHECK(sample(m, o).values == sample(m, o, two).values);
}

TEST_CASE("updates that are wrong") {
  CHECK_THROWS_WITH_AS(sample(wrong<0>{}, gibbs{}), doctest::Contains("gibbs: update 2 of wrong"), bad_input);
  CHECK_THROWS_WITH_AS(sample(wrong<0>{}, gibbs{}), doctest::Contains("parameter 0 of positive"), bad_input);
  CHECK_THROWS_WITH_AS(sample(wrong<1>{}, gibbs{}), doctest::Contains("it drew (200), which has probability 0"),
                       bad_input);
  CHECK_THROWS_WITH_AS(sample(wrong<2>{}, gibbs{}),
                       "slice_update: found free numbers 1 to 1, expected some of 0 to 0", usage_error);
  CHECK_THROWS_AS(sample(wrong<3>{}, gibbs{}), usage_error);
  CHECK_THROWS_AS(sample(calibrated{}, gibbs{.thinning = 0}), usage_error);
  CHECK_THROWS_AS(sample(calibrated{}, gibbs{.chains = 0}), usage_error);
}
