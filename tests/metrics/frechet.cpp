#include <genet/metrics/frechet.hpp>

#include "fixture.hpp"

using namespace genet;
using metrics::frechet_distance;
using metrics::moments;

TEST_CASE("the distance by singular values, also of covariances without full rank") {
  const auto x = fixture("points/sample"), y = fixture("points/reference");
  tensor::team two(2);
  CHECK(frechet_distance({x, 5}, {y, 5}) == doctest::Approx(expected("frechet/distance")).epsilon(1e-12));
  CHECK(frechet_distance({y, 5}, {x, 5}, two) == doctest::Approx(expected("frechet/distance")).epsilon(1e-12));
  CHECK(frechet_distance(metrics::points(x, 5).first(4), metrics::points(y, 5).first(4)) ==
        doctest::Approx(expected("frechet/singular")).epsilon(1e-7));
}

TEST_CASE("normal distributions in closed form") {
  // of commuting covariances: |m - n|^2 + sum (a_i - b_i)^2 of the deviations
  const moments a{10, 3, {0, 0, 0}, {4, 0, 0, 0, 9, 0, 0, 0, 0}}, b{10, 3, {1, 2, 0}, {1, 0, 0, 0, 16, 0, 0, 0, 25}};
  CHECK(frechet_distance(a, b) == doctest::Approx(1 + 4 + 1 + 1 + 25));
  CHECK(frechet_distance(a, a) < 1e-12);
  // two ellipses: tr sqrt of a 2 x 2 product is sqrt(tr + 2 sqrt(det))
  const moments c{10, 2, {0, 0}, {2, 1, 1, 2}}, d{10, 2, {0, 0}, {3, -1, -1, 1}};
  const double trace = 2 * 3 - 1 - 1 + 2 * 1, determinant = 3. * 2;
  CHECK(frechet_distance(c, d) == doctest::Approx(4 + 4 - 2 * std::sqrt(trace + 2 * std::sqrt(determinant))));
}

TEST_CASE("a sample has no distance to itself, and a shift the square of its length") {
  const long d = 50;
  const auto x = normal_numbers(30 * d, 1);
  auto y = x;
  for (double& v : y) v += 0.1;
  CHECK(frechet_distance({x, d}, {x, d}) < 1e-6);
  CHECK(frechet_distance({x, d}, {y, d}) == doctest::Approx(0.5).epsilon(1e-6));
}

TEST_CASE("samples that have no distance") {
  const std::vector<double> x(12), y{1, 2, nan_, 4};
  CHECK(message<bad_input>([&] {
          frechet_distance({x, 3}, {x, 4});
        }) == "frechet_distance: found points of 3 and of 4 dimensions, expected the same");
  CHECK_THROWS_AS(frechet_distance({x, 12}, {x, 12}), bad_input);
  CHECK_THROWS_AS(frechet_distance({x, 2}, {y, 2}), bad_input);
  CHECK_THROWS_AS(frechet_distance(moments{}, moments{2, 1, {0}, {1}}), bad_input);
}
