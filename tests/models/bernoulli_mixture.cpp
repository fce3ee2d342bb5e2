#include <doctest/doctest.h>
#include <genet/models/bernoulli_mixture.hpp>

#include <filesystem>

#include "statistics.hpp"

using namespace genet;

TEST_CASE("one component: the closed form") {
  bernoulli_mixture<1, 3> truth;
  truth.set(std::vector{1.}, std::vector{.1, .5, .8});
  const auto x = truth.sample(500, 2);
  for (const double pseudo : {0., .5}) {
    bernoulli_mixture<1> m;
    m.fit({x, 3}, {.pseudo_count = pseudo});
    double expected = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      double ones = 0;
      for (std::size_t i = j; i < x.size(); i += 3) ones += x[i];
      const double p = (ones + pseudo) / (500 + 2 * pseudo);
      CHECK(m.probabilities()[j] == doctest::Approx(p).epsilon(1e-12));
      expected += ones * std::log(p) + (500 - ones) * std::log(1 - p);
    }
    CHECK(m.log_likelihood({x, 3}) == doctest::Approx(expected).epsilon(1e-12));
  }
}
TEST_CASE("a mixture finds its source, the same for any team, by weights and with missing values") {
  bernoulli_mixture<2, 12> truth, m, same, weighted;
  std::vector<double> p;
  for (int j = 0; j < 24; ++j) p.push_back(j < 12 ? .85 : .2);
  truth.set(std::vector{.3, .7}, p);
  auto x = truth.sample(3000, 5);
  const em_report r = m.fit({x, 12}, {.starts = 3});
  CHECK(m.log_likelihood({x, 12}) > truth.log_likelihood({x, 12}));
  const std::size_t first = m.weights()[0] < .5 ? 0 : 1;
  CHECK(m.weights()[first] == doctest::Approx(.3).epsilon(.1));
  CHECK(std::abs(m.probabilities()[12 * first] - .85) < .05);
  tensor::team three(3);
  CHECK(same.fit({x, 12}, {.starts = 3}, {}, three).log_likelihood == r.log_likelihood);
  auto twice = x;
  twice.insert(twice.end(), x.begin(), x.end());
  weighted = m;
  same = m;
  const bernoulli_mixture_options on{.tolerance = 1e-12, .given = true, .pseudo_count = 0};
  const std::vector<double> w(3000, 2.);
  CHECK(weighted.fit({x, 12}, on, w).final() == doctest::Approx(same.fit({twice, 12}, on).final()).epsilon(1e-9));
  for (std::size_t i = 0; i < x.size(); i += 5) x[i] = std::nan("");
  m.fit({x, 12});
  CHECK(m.log_likelihood({x, 12}) > truth.log_likelihood({x, 12}));
  // By hand, for a point of which one bit is known.
  std::vector<double> one(12, std::nan(""));
  one[3] = 1;
  CHECK(truth.log_densities({one, 12})[0] == doctest::Approx(std::log(.3 * .85 + .7 * .2)));
  CHECK(truth.posterior({one, 12})[0] == doctest::Approx(.3 * .85 / (.3 * .85 + .7 * .2)));
}
TEST_CASE("saved and read back; what cannot be fitted") {
  const auto path = std::filesystem::temp_directory_path() / "genet_bernoulli_mixture.safetensors";
  bernoulli_mixture<2, 2> m, read;
  CHECK_THROWS_AS(m.save(path), usage_error);
  m.set(std::vector{.5, .5}, std::vector{.1, .2, .3, 1.});
  m.save(path);
  read.load(path);
  CHECK(apart(read.probabilities(), m.probabilities()) == 0);
  bernoulli_mixture<3, 2> other;
  CHECK_THROWS_AS(other.load(path), bad_input);
  std::filesystem::remove(path);
  CHECK_THROWS_WITH_AS(m.fit({std::vector{0., 1., 1., .5}, 2}),
                       "bernoulli_mixture: row 1, column 1: found 0.500000, expected a whole number from 0 to 1, or NaN for a "
                       "missing value",
                       bad_input);
  CHECK_THROWS_WITH_AS(m.fit({std::vector{0., 1.}, 2}),
                       "bernoulli_mixture: found 1 points, expected at least 2, one for each component", bad_input);
  CHECK_THROWS_AS(m.set(std::vector{.5, .5}, std::vector{.1, .2, .3, 1.1}), bad_input);
}
