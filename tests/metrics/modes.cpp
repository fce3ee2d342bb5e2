#include <genet/metrics/modes.hpp>

#include "fixture.hpp"

using namespace genet;
using metrics::count_modes;

TEST_CASE("modes, good points and divergence of NumPy") {
  const auto x = fixture("modes/points");
  const auto found = count_modes({x, 2}, {metrics::ring_centres(8, 2), 2}, 0.1);
  CHECK(found.modes == fixture<std::int32_t>("modes/modes")[0]);
  CHECK(found.good == doctest::Approx(expected("modes/good")));
  CHECK(found.reverse_kl == doctest::Approx(expected("modes/reverse_kl")));
  const auto counts = fixture<std::int32_t>("modes/counts");
  CHECK(std::vector<std::int32_t>(found.counts.begin(), found.counts.end()) == counts);
}

TEST_CASE("a grid has its centre at the origin, a ring its first at the radius") {
  const auto grid = metrics::grid_centres(5, 2);
  CHECK(grid.size() == 50);
  CHECK(grid[0] == -4);
  CHECK(grid[1] == -4);
  CHECK(grid[2] == -2);
  CHECK(grid[24] == 0);
  CHECK(grid[25] == 0);
  CHECK(grid[49] == 4);
  const auto ring = metrics::ring_centres(8, 2);
  CHECK(ring[0] == 2);
  CHECK(ring[1] == 0);
  CHECK(ring[4] == doctest::Approx(0));
  CHECK(ring[5] == doctest::Approx(2));
}

TEST_CASE("the true mixture: all modes, 98.9 % of the points within three deviations") {
  const auto centres = metrics::grid_centres(5, 2);
  auto x = normal_numbers(2 * 25000, 3);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 0.05 * x[i] + centres[i % centres.size()];
  const auto found = count_modes({x, 2}, {centres, 2}, 0.05);
  CHECK(found.modes == 25);
  CHECK(found.good == doctest::Approx(1 - std::exp(-4.5)).epsilon(0.002));
  CHECK(found.reverse_kl < 1e-4);
}

TEST_CASE("a quarter of the fair share makes a mode") {
  // four modes, 16 good points: a fair share is 4, a quarter of it one point
  std::vector<double> x(14, 0.), centres{0, 10, 20, 30};
  x.insert(x.end(), {10, 20, 25});
  auto found = count_modes(x, centres, 1);
  CHECK(found.modes == 3);
  CHECK(found.good == doctest::Approx(16 / 17.));
  x.push_back(0);  // now it is more
  CHECK(count_modes(x, centres, 1).modes == 1);
  CHECK(count_modes(std::vector<double>{3, -3, 3.01}, centres, 1).good == doctest::Approx(2 / 3.));
}

TEST_CASE("no good point") {
  const auto found = count_modes(std::vector<double>{5}, std::vector<double>{0, 10}, 1);
  CHECK(found.modes == 0);
  CHECK(found.good == 0);
  CHECK(found.reverse_kl == doctest::Approx(std::log(2)));
}

TEST_CASE("modes that cannot be counted") {
  const std::vector<double> x{1, 2}, none, bad{nan_};
  CHECK(message<usage_error>([&] { count_modes(x, x, 0); }) == "count_modes: expected a deviation above zero");
  CHECK(message<bad_input>([&] {
          count_modes({x, 2}, x, 1);
        }) == "count_modes: found points of 2 dimensions and centres of 1, expected the same");
  CHECK_THROWS_AS(count_modes(none, x, 1), bad_input);
  CHECK_THROWS_AS(count_modes(x, none, 1), bad_input);
  CHECK_THROWS_AS(count_modes(bad, x, 1), bad_input);
}
