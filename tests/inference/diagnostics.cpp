#include <genet/inference/diagnostics.hpp>
#include <genet/random/distributions.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using namespace genet;
using inference::chain_draws;
using numbers = std::vector<double>;

TEST_CASE("the R package posterior says the same of the same draws") {
  std::ifstream file("tests/fixtures/diagnostics.csv");
  int cases = 0;
  for (std::string line; std::getline(file, line); ++cases) {
    std::istringstream fields(line);
    const auto next = [&] {
      std::string field;
      std::getline(fields, field, ',');
      return field;
    };
    const std::string name = next();
    CAPTURE(name);
    const long chains = std::stol(next());
    numbers expected(10), values;
    for (double& v : expected) {
      const std::string field = next();
      v = field == "NA" ? NAN : std::stod(field);
    }
    values.resize(std::stoul(next()));
    for (double& v : values) v = std::stod(next());
    const chain_draws x(values, chains);
    const numbers found{r_hat(x),     ess_bulk(x), ess_tail(x),           ess_mean(x),          ess_quantile(x, 0.3),
                        mcse_mean(x), mcse_sd(x),  mcse_quantile(x, .05), mcse_quantile(x, .5), mcse_quantile(x, .9)};
    for (std::size_t i = 0; i < found.size(); ++i) {
      CAPTURE(i);
      if (std::isnan(expected[i]))
        CHECK(std::isnan(found[i]));
      else
        CHECK(found[i] == doctest::Approx(expected[i]).epsilon(1e-9));
    }
    const auto all = summarise(x);
    CHECK(all.r_hat == found[0]);
    CHECK(all.ess_tail == found[2]);
    CHECK(all.mcse_sd == found[6]);
    CHECK(all.q5 <= all.median);
    CHECK(all.median <= all.q95);
  }
  CHECK(cases == 10);
}

TEST_CASE("quantiles of the normal and the beta distribution") {
  for (const double p : {1e-300, 1e-12, 0.001, 0.07, 0.08, 0.3, 0.5, 0.77, 0.93, 0.999})
    CHECK(std::erfc(-inference::detail::normal_quantile(p) / std::sqrt(2.)) / 2 == doctest::Approx(p).epsilon(1e-12));
  // Beta(1, b) and Beta(a, 1) have closed forms.
  CHECK(inference::detail::beta_quantile(0.3, 1, 7) == doctest::Approx(1 - std::pow(0.7, 1. / 7)).epsilon(1e-12));
  CHECK(inference::detail::beta_quantile(0.3, 900, 1) == doctest::Approx(std::pow(0.3, 1. / 900)).epsilon(1e-12));
  CHECK(inference::detail::beta_quantile(0.5, 2000, 2000) == doctest::Approx(0.5).epsilon(1e-12));
}

TEST_CASE("by hand") {
  CHECK(inference::e_bfmi(numbers{0, 1, 0, 1}) == doctest::Approx(3));
  CHECK(inference::e_bfmi(numbers{0, 1, 2}) == doctest::Approx(1));
  CHECK(std::isnan(inference::e_bfmi(numbers{3, 3, 3})));
  CHECK(std::isnan(inference::r_hat({numbers(20, 1.5), 2})));
  CHECK(std::isnan(inference::ess_bulk({numbers(20, 1.5), 2})));
  CHECK(std::isnan(inference::ess_tail({numbers{1, 2, 3, NAN, 5, 6, 7, 8}, 2})));
}

TEST_CASE("what are no chains") {
  CHECK_THROWS_WITH_AS(chain_draws(numbers(7), 2),
                       "chain diagnostics: found 7 draws of 2 chains, expected as many of each, at least one",
                       bad_input);
  CHECK_THROWS_AS(chain_draws(numbers{}, 0), bad_input);
  CHECK_THROWS_AS(inference::ess_quantile({numbers(20, 1.5), 2}, 1.5), usage_error);
}

TEST_CASE("the shape of the tail of importance weights") {
  // Quantiles of the generalised Pareto distribution itself, behind weights of no influence.
  for (const double k : {0.2, 0.5, 0.9}) {
    std::vector<double> log_weights;
    for (int i = 0; i < 10'000; ++i) {
      const double p = (i + 0.5) / 10'000;
      log_weights.push_back(std::log((std::pow(1 - p, -k) - 1) / k) + 700);
    }
    CHECK(inference::pareto_k(log_weights) == doctest::Approx(k).epsilon(0.1));
  }
  // Normal draws for a normal target of variance v: k = 1 - 1 / v, none below 1.
  std::vector<double> z(40'000);
  genet::rng::normal(std::span(z), genet::rng::key{1, 2, 3});
  for (const double v : {0.5, 2., 6.}) {
    std::vector<double> log_weights;
    for (const double x : z) log_weights.push_back(x * x / 2 * (1 - 1 / v));
    if (v > 1)
      CHECK(inference::pareto_k(log_weights) == doctest::Approx(1 - 1 / v).epsilon(0.2));
    else
      CHECK(inference::pareto_k(log_weights) < 0.2);
  }
  CHECK(inference::pareto_k(numbers(100, 3.)) == -INFINITY);
  CHECK(inference::pareto_k(numbers(100, -INFINITY)) == INFINITY);
  CHECK(std::isnan(inference::pareto_k(numbers(10, 1.))));
}
