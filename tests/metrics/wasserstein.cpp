#include <genet/metrics/wasserstein.hpp>

#include "fixture.hpp"

using namespace genet;
using metrics::sliced_wasserstein;
using metrics::wasserstein;

TEST_CASE("the distance of SciPy, of samples of different sizes") {
  const auto column = [](const std::vector<double>& x) {
    std::vector<double> c;
    for (std::size_t i = 0; i < x.size(); i += 5) c.push_back(x[i]);
    return c;
  };
  const auto x = column(fixture("points/sample")), y = column(fixture("points/reference"));
  CHECK(wasserstein(x, y) == doctest::Approx(expected("wasserstein/p1")).epsilon(1e-12));
  CHECK(wasserstein(y, x, 2) == doctest::Approx(expected("wasserstein/p2")).epsilon(1e-12));
  CHECK(wasserstein(x, y, 3) == doctest::Approx(expected("wasserstein/p3")).epsilon(1e-12));
}

TEST_CASE("by hand") {
  const std::vector<double> zero{0}, pair{1, -3}, many{0, 0, 0, 0, 0};
  CHECK(wasserstein(zero, pair) == 2);
  CHECK(wasserstein(zero, pair, 2) == doctest::Approx(std::sqrt(5)));
  CHECK(wasserstein(many, pair) == doctest::Approx(2));
  CHECK(wasserstein(std::vector<double>{0, 3, 6}, std::vector<double>{0, 6}) == doctest::Approx(1));
  CHECK(wasserstein(pair, pair) == 0);
}

TEST_CASE("a shift and a factor of normal numbers") {
  const auto x = normal_numbers(20000, 1);
  std::vector<double> shifted, wide;
  for (const double v : x) {
    shifted.push_back(v + 3);
    wide.push_back(2 * v);
  }
  CHECK(wasserstein(x, shifted) == doctest::Approx(3));
  CHECK(wasserstein(x, wide, 2) == doctest::Approx(1).epsilon(0.02));                           // |2 - 1|
  CHECK(wasserstein(x, wide) == doctest::Approx(std::sqrt(2 / std::acos(-1.))).epsilon(0.02));  // E|x|
}

TEST_CASE("slices: the directions of NumPy") {
  const auto x = fixture("points/sample"), y = fixture("points/reference");
  tensor::team two(2);
  CHECK(sliced_wasserstein({x, 5}, {y, 5}, {.directions = 20, .seed = 11}) ==
        doctest::Approx(expected("sliced/p1")).epsilon(1e-12));
  CHECK(sliced_wasserstein({x, 5}, {y, 5}, {.directions = 20, .order = 2, .seed = 11}, two) ==
        doctest::Approx(expected("sliced/p2")).epsilon(1e-12));
  CHECK(sliced_wasserstein({x, 5}, {y, 5}, {.directions = 20, .seed = 12}) != doctest::Approx(expected("sliced/p1")));
}

TEST_CASE("slices of a shift: |shift| times the mean projection of a direction") {
  const auto x = normal_numbers(3 * 500, 1);
  auto y = x;
  for (std::size_t i = 0; i < y.size(); i += 3) y[i] += 2;
  // in three dimensions |u_1| is uniform: its mean is 1/2, that of its square 1/3
  CHECK(sliced_wasserstein({x, 3}, {y, 3}, {.directions = 4000}) == doctest::Approx(1).epsilon(0.03));
  CHECK(sliced_wasserstein({x, 3}, {y, 3}, {.directions = 4000, .order = 2}) ==
        doctest::Approx(2 / std::sqrt(3)).epsilon(0.03));
  CHECK(sliced_wasserstein({x, 3}, {x, 3}) == 0);
  CHECK(sliced_wasserstein(x, y) == doctest::Approx(wasserstein(x, y)));  // of one dimension they are the same
}

TEST_CASE("samples without a distance") {
  const std::vector<double> x{1, 2}, none, bad{nan_, 1};
  CHECK(message<bad_input>([&] {
          wasserstein({x, 2}, {x, 2});
        }) == "wasserstein: found points of 2 dimensions, expected 1 (of more: sliced_wasserstein)");
  CHECK(message<usage_error>([&] { wasserstein(x, x, 0.5); }) == "wasserstein: expected an order of at least 1");
  CHECK_THROWS_AS(wasserstein(x, none), bad_input);
  CHECK_THROWS_AS(wasserstein(x, bad), bad_input);
  CHECK_THROWS_AS(sliced_wasserstein({x, 2}, x), bad_input);
  CHECK_THROWS_AS(sliced_wasserstein(none, x), bad_input);
  CHECK(message<usage_error>([&] { sliced_wasserstein(x, x, {.directions = 0}); }) ==
        "sliced_wasserstein: found 0 directions, expected at least 1");
  CHECK_THROWS_AS(sliced_wasserstein(x, x, {.order = nan_}), usage_error);
}
