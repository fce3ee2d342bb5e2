#include <genet/metrics/parzen.hpp>

#include "fixture.hpp"

using namespace genet;
using metrics::parzen_deviation;
using metrics::parzen_log_likelihood;

TEST_CASE("the kernel density of scikit-learn") {
  const auto x = fixture("points/sample"), y = fixture("points/reference");
  tensor::team two(2);
  const auto found = parzen_log_likelihood({x, 5}, {y, 5}, 0.7);
  CHECK(found.mean == doctest::Approx(expected("parzen/mean")).epsilon(1e-12));
  CHECK(found.standard_error == doctest::Approx(expected("parzen/error")).epsilon(1e-12));
  CHECK(parzen_log_likelihood({x, 5}, {y, 5}, 0.7, two).mean == found.mean);
  CHECK(parzen_deviation({x, 5}, {y, 5}, std::vector{0.5, 1., 2., 4.}) == expected("parzen/deviation"));
}

TEST_CASE("one sample: a normal distribution; far away the logarithm does not underflow") {
  const std::vector<double> zero(4), far(4, 100.);
  const double pi = std::acos(-1.);
  CHECK(parzen_log_likelihood({zero, 4}, {zero, 4}, 0.5).mean == doctest::Approx(-2 * std::log(2 * pi * 0.25)));
  CHECK(parzen_log_likelihood({zero, 4}, {far, 4}, 0.5).mean ==
        doctest::Approx(-0.5 * 40000 / 0.25 - 2 * std::log(2 * pi * 0.25)));
  CHECK(parzen_log_likelihood({zero, 4}, {zero, 4}, 0.5).standard_error == 0);
}

TEST_CASE("the deviations of the papers lie as far apart in logarithm") {
  for (std::size_t i = 0; i < 10; ++i)
    CHECK(metrics::parzen_deviations[i] ==
          doctest::Approx(std::pow(10., static_cast<double>(i) / 9 - 1)).epsilon(1e-14));
}

TEST_CASE("of many samples of a narrow distribution the deviation is small") {
  std::vector<double> x = normal_numbers(2000, 1), y = normal_numbers(300, 2);
  CHECK(parzen_deviation(x, y) < 0.4);
  for (double& v : x) v *= 0.01;
  for (double& v : y) v *= 0.01;
  CHECK(parzen_deviation(x, y) == 0.1);
}

TEST_CASE("densities that there are not") {
  const std::vector<double> x{1, 2}, none, bad{nan_};
  CHECK(message<usage_error>([&] { parzen_log_likelihood(x, x, 0); }) == "parzen: expected deviations above zero");
  CHECK(message<usage_error>([&] { parzen_deviation(x, x, none); }) == "parzen: expected a deviation");
  CHECK_THROWS_AS(parzen_log_likelihood(none, x, 1), bad_input);
  CHECK_THROWS_AS(parzen_log_likelihood(x, none, 1), bad_input);
  CHECK_THROWS_AS(parzen_log_likelihood(x, bad, 1), bad_input);
  CHECK_THROWS_AS(parzen_log_likelihood(x, {x, 2}, 1), bad_input);
}
