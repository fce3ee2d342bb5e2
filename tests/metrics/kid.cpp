#include <genet/metrics/kid.hpp>

#include "fixture.hpp"

using namespace genet;
using metrics::kid;

TEST_CASE("the kernel of scikit-learn") {
  const auto x = fixture("points/sample"), y = fixture("points/reference");
  tensor::team two(2);
  CHECK(kid({x, 5}, {y, 5}) == doctest::Approx(expected("kid/value")).epsilon(1e-12));
  CHECK(kid({y, 5}, {x, 5}, two) == doctest::Approx(expected("kid/value")).epsilon(1e-12));
}

TEST_CASE("by hand") {
  // k(0, 2) = 1, k(1, 1) = 8, k(0, 1) = 1, k(2, 1) = 27
  const std::vector<double> x{0, 2}, y{1, 1};
  CHECK(kid(x, y) == doctest::Approx(1 + 8 - 2 * (1 + 1 + 27 + 27) / 4.));
}

TEST_CASE("of one distribution the mean is zero") {
  double sum = 0;
  constexpr int rounds = 200;
  for (std::uint64_t i = 0; i < rounds; ++i)
    sum += kid({normal_numbers(40, 2 * i), 2}, {normal_numbers(60, 2 * i + 1), 2});
  CHECK(std::abs(sum / rounds) < 0.05);  // its standard error is about 0.02
}

TEST_CASE("samples without a distance") {
  const std::vector<double> x(12), y{1, 2, 3, nan_};
  CHECK(message<bad_input>([&] { kid({x, 12}, {x, 12}); }) == "kid: sample: found 1 points, expected at least 2");
  CHECK_THROWS_AS(kid({x, 2}, {x, 3}), bad_input);
  CHECK_THROWS_AS(kid({x, 2}, {y, 2}), bad_input);
}
