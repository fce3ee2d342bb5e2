#include <genet/inference/nuts.hpp>

#include <algorithm>
#include <limits>

#include "models.hpp"

namespace {

struct flat {
  using parameters = inference::parameters<unbounded<>>;
  auto log_density(const auto& t) const { return 0 * t[0]; }
};

}  // namespace

TEST_CASE("eight schools, as the reference posterior of posteriordb has them") {
  const draws d = sample(eight_schools{}, nuts{.iterations = 2500, .seed = 4, .target_acceptance = 0.95});
  CHECK(d.all_divergences() == 0);
  for (int c = 0; c < d.chains; ++c) {
    CHECK(d.e_bfmi_of(c) > 0.3);
    CHECK(d.longest[static_cast<std::size_t>(c)] == 0);
    CHECK(d.acceptance[static_cast<std::size_t>(c)] == doctest::Approx(0.95).epsilon(0.04));
  }
  // mean and sd of mu, tau, theta 1 to 8; the reference's effective sample size is 10 000.
  const double reference[10][2] = {{4.4105, 3.3093}, {3.6021, 3.1985}, {6.1505, 5.616}, {4.9396, 4.646},
                                   {3.9059, 5.281},  {4.7960, 4.771},  {3.6144, 4.615}, {4.0512, 4.796},
                                   {6.3172, 5.003},  {4.8840, 5.318}};
  for (int i = 0; i < 10; ++i) {
    CAPTURE(i);
    std::vector<double> theta(d.of(i).values.begin(), d.of(i).values.end());
    if (i >= 2)
      for (std::size_t k = 0; k < theta.size(); ++k) theta[k] = d.of(0).values[k] + d.of(1).values[k] * theta[k];
    const auto q = summarise({theta, d.chains});
    // The deviation of a heavy tail: its standard error is a hundredth and more in the reference too.
    agrees(q, reference[i][0], reference[i][1], reference[i][1] / 100, i == 1 ? 0.05 : reference[i][1] / 100);
    CHECK(q.ess_bulk >= 2000);
    CHECK(q.ess_tail >= 2000);
  }
  CHECK(d.summary(1).median == doctest::Approx(2.747).epsilon(0.08));
}

TEST_CASE("a correlation of 0.99, by all metrics") {
  for (const metric shape : {metric::unit, metric::diagonal, metric::dense}) {
    const draws d = sample(correlated{}, nuts{.iterations = 1500, .seed = 2, .shape = shape});
    for (int i = 0; i < 2; ++i) agrees(d.summary(i), 0, 1);
    double product = 0;
    for (std::size_t k = 0; k < d.of(0).values.size(); ++k) product += d.of(0).values[k] * d.of(1).values[k];
    CHECK(product / static_cast<double>(d.of(0).values.size()) == doctest::Approx(0.99).epsilon(0.15));
    if (shape == metric::dense) CHECK(*std::ranges::max_element(d.gradient_evaluations) <= 15);
  }
}

TEST_CASE("simulation-based calibration") { CHECK(calibration(nuts{.warmup = 100}, 400, 3) < 43.8); }

TEST_CASE("the same draws for any number of threads, others for another seed") {
  tensor::team three(3);
  const nuts o{.chains = 5, .warmup = 150, .iterations = 50, .shape = metric::dense};
  auto other = o;
  other.seed = 2;
  const draws a = sample(eight_schools{}, o), b = sample(eight_schools{}, o, three),
              c = sample(eight_schools{}, other);
  CHECK(a.values == b.values);
  CHECK(a.energy == b.energy);
  CHECK(a.values != c.values);
  CHECK(a.of(0).chain(0)[49] != a.of(0).chain(1)[49]);
}

TEST_CASE("starts, and steps that are too long") {
  const std::array<std::array<double, 10>, 1> start{{{1, 2, 0, 0, 0, 0, 0, 0, 0, 0}}};
  const draws d = sample(eight_schools{}, nuts{.chains = 2, .warmup = 0, .iterations = 1, .step_size = 1e-9},
                         tensor::alone(), start);
  for (int i = 0; i < 2; ++i) CHECK(d.of(i).values[1] == doctest::Approx(i + 1).epsilon(1e-3));
  CHECK(d.longest[0] == 1);  // ten doublings of so short a step do not turn
  const draws e = sample(correlated{}, nuts{.chains = 1, .warmup = 0, .iterations = 20, .step_size = 1e6});
  CHECK(e.all_divergences() == 20);
  CHECK(std::ranges::all_of(e.values, [](double v) { return std::isfinite(v); }));
}

TEST_CASE("what cannot be sampled is said, and ends") {
  CHECK_THROWS_WITH_AS(sample(nowhere{}, nuts{}),
                       doctest::Contains("chain 0: 100 random starts of nowhere have probability 0, the last one ("),
                       bad_input);
  CHECK_THROWS_WITH_AS(sample(not_a_number{}, nuts{}),
                       doctest::Contains("the log-density of not_a_number is NaN at theta = ("), bad_input);
  const std::array<std::array<double, 1>, 1> zero{{{5}}};
  CHECK_THROWS_WITH_AS(sample(nowhere{}, nuts{}, tensor::alone(), zero), "chain 0: its start (5) has probability 0",
                       bad_input);
  CHECK_THROWS_WITH_AS(sample(flat{}, nuts{}), doctest::Contains("improper: steps of any length are accepted"),
                       bad_input);
  CHECK_THROWS_WITH_AS(sample(correlated{}, nuts{.chains = 0}), "nuts: found 0 chains, expected 1 to 65536",
                       usage_error);
  CHECK_THROWS_AS(sample(correlated{}, nuts{.iterations = 0}), usage_error);
  CHECK_THROWS_AS(sample(correlated{}, nuts{.target_acceptance = 1}), usage_error);
  CHECK_THROWS_AS(sample(correlated{}, nuts{.max_depth = 0}), usage_error);
  CHECK_THROWS_AS(sample(correlated{}, nuts{.step_size = std::numeric_limits<double>::quiet_NaN()}), usage_error);
  CHECK_THROWS_WITH_AS(sample(correlated{}, nuts{.warmup = 20, .iterations = 2}).of(2),
                       "draws of parameter 2: there are 2", usage_error);
}
