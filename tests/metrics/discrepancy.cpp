#include <genet/metrics/discrepancy.hpp>

#include <cmath>

#include "fixture.hpp"

using namespace genet;
using metrics::energy_distance;
using metrics::median_distance;
using metrics::mmd;

TEST_CASE("the numbers of SciPy and scikit-learn, for any team") {
  const auto x = fixture("points/sample"), y = fixture("points/reference");
  tensor::team two(2);
  CHECK(energy_distance({x, 5}, {y, 5}) == doctest::Approx(expected("discrepancy/energy")).epsilon(1e-10));
  CHECK(energy_distance({y, 5}, {x, 5}, two) == doctest::Approx(expected("discrepancy/energy")).epsilon(1e-10));
  std::vector<double> first_x, first_y;
  for (std::size_t i = 0; i < x.size(); i += 5) first_x.push_back(x[i]);
  for (std::size_t i = 0; i < y.size(); i += 5) first_y.push_back(y[i]);
  CHECK(energy_distance(first_x, first_y) == doctest::Approx(expected("discrepancy/energy_line")).epsilon(1e-10));
  CHECK(median_distance({x, 5}, {y, 5}) == doctest::Approx(expected("discrepancy/median")).epsilon(1e-12));
  CHECK(mmd({x, 5}, {y, 5}) == doctest::Approx(expected("discrepancy/mmd")).epsilon(1e-10));
  CHECK(mmd({x, 5}, {y, 5}, {.biased = true}, two) ==
        doctest::Approx(expected("discrepancy/mmd_biased")).epsilon(1e-10));
  CHECK(mmd({x, 5}, {y, 5}, {.bandwidth = expected("discrepancy/median")}) ==
        doctest::Approx(expected("discrepancy/mmd")).epsilon(1e-10));
}

TEST_CASE("by hand") {
  const std::vector<double> zero{0, 0}, two{2, 2};
  CHECK(energy_distance(zero, two) == doctest::Approx(2));  // (2 * 2)^(1/2)
  CHECK(mmd(zero, two, {.bandwidth = 1}) == doctest::Approx(2 - 2 * std::exp(-2.)));
  CHECK(mmd(zero, two, {.bandwidth = 1, .biased = true}) == doctest::Approx(2 - 2 * std::exp(-2.)));
  CHECK(median_distance(zero, two) == 2);  // 0, 0 and four times 2
  CHECK(energy_distance(two, two) == 0);
}

TEST_CASE("without bias the mean of samples of one distribution is zero") {
  const auto x = normal_numbers(40 * 2 * 50, 5);
  double sum = 0, squares = 0, biased = 0;
  for (long i = 0; i < 40; ++i) {
    const metrics::points all(x, 2), a = all.part(i * 50, 25), b = all.part(i * 50 + 25, 25);
    const double v = mmd(a, b, {.bandwidth = 1});
    sum += v;
    squares += v * v;
    biased += mmd(a, b, {.bandwidth = 1, .biased = true});
  }
  CHECK(std::abs(sum / 40) < 3 * std::sqrt(squares) / 40);
  CHECK(biased / 40 > 0.02);
}

TEST_CASE("samples without a distance") {
  const std::vector<double> x{1, 2}, none, bad{nan_, 1}, same{1, 1};
  CHECK_THROWS_AS(energy_distance({x, 2}, x), bad_input);
  CHECK_THROWS_AS(energy_distance(none, x), bad_input);
  CHECK_THROWS_AS(mmd(x, bad), bad_input);
  CHECK_THROWS_AS(mmd(x, std::vector<double>{1}), bad_input);
  CHECK(message<usage_error>([&] {
          mmd(x, x, {.bandwidth = -1});
        }) == "mmd: expected a bandwidth above zero, or 0 for the median distance");
  CHECK(message<bad_input>([&] { mmd(same, same); }) == "mmd: the median distance is 0, expected a bandwidth");
}
