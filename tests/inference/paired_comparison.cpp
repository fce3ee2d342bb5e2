#include <genet/inference/paired_comparison.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include <genet/random/distributions.hpp>

using namespace genet;
using inference::compare;

TEST_CASE("Student's data of 1908: hours of sleep more by two drugs, ten patients") {
  const std::vector<double> first{0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0},
      second{1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};
  const auto c = compare(first, second);  // R: t.test(extra ~ group, data = sleep, paired = TRUE)
  CHECK(c.count == 10);
  CHECK(c.difference == doctest::Approx(-1.58));
  CHECK(c.difference / c.standard_error == doctest::Approx(-4.062127683382037).epsilon(1e-12));
  CHECK(c.p_value == doctest::Approx(0.00283289019738427).epsilon(1e-11));
  CHECK(c.low == doctest::Approx(-2.4598857632547286).epsilon(1e-9));
  CHECK(c.high == doctest::Approx(-0.7001142367452713).epsilon(1e-9));
  const auto back = compare(second, first, 0.5);
  CHECK(back.p_value == c.p_value);
  CHECK(back.low == doctest::Approx(1.58 - 0.3889587238883952 * 0.7027221467513188).epsilon(1e-9));
}

TEST_CASE("many points: the normal distribution") {
  std::vector<double> x(20000), y(x.size());
  rng::normal(std::span(x), rng::key{3, 0, 0});
  rng::normal(std::span(y), rng::key{4, 0, 0});
  const auto c = compare(x, y);
  CHECK(c.standard_error == doctest::Approx(std::sqrt(2. / 20000)).epsilon(0.02));
  CHECK((c.high - c.low) / 2 == doctest::Approx(1.9601 * c.standard_error).epsilon(1e-4));
  const double z = std::abs(c.difference / c.standard_error);
  CHECK(c.p_value == doctest::Approx(std::erfc(z / std::sqrt(2.))).epsilon(1e-3));
  for (double& v : y) v = v * 1e-3 + 1;
  CHECK(compare(y, std::vector<double>(y.size())).p_value < 1e-300);
}

TEST_CASE("no spread") {
  const std::vector<double> x{1, 2, 3}, more{2, 3, 4};
  CHECK(compare(x, x).p_value == 1);
  CHECK(compare(more, x).p_value == 0);
  CHECK(compare(more, x).low == 1);
}

TEST_CASE("what does not compare") {
  const std::vector<double> x{1, 2, 3}, two{1, 2}, one{1}, bad{1, 2, std::nan("")};
  CHECK_THROWS_WITH_AS(compare(x, two),
                       "compare: found 3 and 2 values, expected both of the same points, and at least two", bad_input);
  CHECK_THROWS_AS(compare(one, one), bad_input);
  CHECK_THROWS_WITH_AS(compare(x, bad), "compare: point 2: found 3.000000 and nan, expected finite values", bad_input);
  CHECK_THROWS_AS(compare(x, x, 1), usage_error);
}
