#include <genet/metrics/points.hpp>

#include <limits>

#include "fixture.hpp"

using namespace genet;
using metrics::points;

TEST_CASE("points are rows of float or double") {
  const std::vector<float> x{1, 2, 3, 4, 5, 6};
  const points p(x, 2);
  CHECK(p.count() == 3);
  CHECK(p.dimension() == 2);
  CHECK(p[4] == 5);
  const points tail = p.part(1, 10);
  CHECK(tail.count() == 2);
  CHECK(tail[0] == 3);
  CHECK(p.first(2).count() == 2);
  CHECK(p.part(7, 2).count() == 0);
  std::vector<double> to(4);
  const std::vector<double> shift{1, 0.5};
  tail.copy(to.data(), shift.data());
  CHECK(to == std::vector<double>{2, 3.5, 4, 5.5});
  CHECK(points(std::span(to)).count() == 4);
  CHECK(points(std::vector<double>{}, 3).count() == 0);
}

TEST_CASE("numbers that are no rows") {
  const std::vector<double> x(7);
  CHECK(message<bad_input>([&] { points(x, 2); }) ==
        "points: found 7 numbers, expected a multiple of the dimension 2");
  CHECK_THROWS_AS(points(x, 0), bad_input);
}

TEST_CASE("what metrics ask of points") {
  const std::vector<double> x{1, 2, 3, 4, nan_, 6}, y{1, 2, 3, std::numeric_limits<double>::infinity()}, z{1, 2};
  const auto check = [](auto... of) { return message<bad_input>([&] { metrics::detail::check("kid", of...); }); };
  CHECK(check(points(x, 2), points(x, 3), 1L) == "kid: found points of 2 and of 3 dimensions, expected the same");
  CHECK(check(points(z, 2), points(x, 2), 2L) == "kid: sample: found 1 points, expected at least 2");
  CHECK(check(points(z, 2), points(x, 2), 1L) == "kid: reference: found NaN in row 2, expected finite numbers");
  CHECK(check("reference", points(y, 2), 1L) ==
        "kid: reference: found an infinite number in row 1, expected finite numbers");
}
