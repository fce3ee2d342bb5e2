#include "genet/data/smoothing.hpp"

#include <doctest/doctest.h>

#include <numeric>

#include "sequence_fixture.hpp"

using namespace genet;
using numbers = std::vector<double>;

namespace {

double difference(const numbers& a, const numbers& b) {
  REQUIRE(a.size() == b.size());
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

}  // namespace

TEST_CASE("Savitzky-Golay filters of SciPy, windows up to the whole series and high orders") {
  const auto x = fixture("series/x");
  for (const auto& [window, order] : {std::pair{5, 2}, {11, 3}, {21, 0}, {31, 8}, {119, 1}, {9, 8}})
    CHECK(difference(data::savitzky_golay(x, window, order),
                     fixture("series/savgol_" + std::to_string(window) + "_" + std::to_string(order))) < 1e-10);
}

TEST_CASE("a polynomial of the order is left as it is") {
  numbers x(201);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double t = static_cast<double>(i) / 100 - 1;
    x[i] = 3 + t * (-2 + t * (5 + t * (1 - t * 4)));
  }
  CHECK(difference(data::savitzky_golay(x, 41, 4), x) < 1e-12);
  CHECK(difference(data::savitzky_golay(x, 201, 12), x) < 1e-12);
}

TEST_CASE("averages") {
  const auto x = fixture("series/x");
  CHECK(difference(data::moving_average(x, 7), fixture("series/mean_7")) < 1e-13);
  CHECK(data::moving_average(x, 1) == x);
  CHECK(difference(data::exponential_average(x, .3), fixture("series/ewm")) < 1e-13);
  CHECK(data::exponential_average(x, 1) == x);
  CHECK(data::exponential_average({}, .5).empty());
}

TEST_CASE("normalised and restored") {
  const auto x = fixture("series/x");
  const auto n = data::normalisation::of(x);
  const auto y = n.apply(x);
  CHECK(std::abs(std::accumulate(y.begin(), y.end(), 0.)) < 1e-10);
  CHECK(std::inner_product(y.begin(), y.end(), y.begin(), 0.) == doctest::Approx(120).epsilon(1e-12));
  CHECK(difference(n.restore(y), x) < 1e-12);
  CHECK(has(message([] {
              data::normalisation::of(numbers{2, 2});
            }),
            "bad_input normalisation: found numbers that are all equal"));
  CHECK_THROWS_AS(data::normalisation::of({}), bad_input);
}

TEST_CASE("what cannot be smoothed") {
  const numbers x(10);
  CHECK(message([&] { data::moving_average(x, 4); }) ==
        "usage_error moving_average: found a window of 4, expected an odd number up to 10, the length of the series");
  CHECK_THROWS_AS(data::moving_average(x, 11), usage_error);
  CHECK(has(message([&] { data::savitzky_golay(x, 5, 5); }), "found order 5, expected 0 to 4"));
  CHECK_THROWS_AS(data::savitzky_golay(x, 5, -1), usage_error);
  CHECK_THROWS_AS(data::exponential_average(x, 0), usage_error);
  CHECK(has(message([] {
              data::moving_average(numbers{1, NAN, 2}, 3);
            }),
            "bad_input moving_average: number 1 is not finite"));
}
