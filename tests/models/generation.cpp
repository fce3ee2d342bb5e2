#include <genet/models/generation.hpp>

#include <doctest/doctest.h>
#include <genet/declare.hpp>

#include <cmath>
#include <limits>

using namespace genet;

namespace {

struct plain : net<noise<3>, dense<4>> {};
struct labelled : net<inputs<named<"noise", noise<3>>, named<"label", labels<5>>>, with_label<5>, dense<4>> {};

}  // namespace

TEST_CASE("numbers are rows, with a label each where the net reads some") {
  const std::vector<std::int32_t> two{0, 4}, wrong{1, 5}, below{-1, 0};
  CHECK(generation::rows_of<plain>("f", 6, {}) == 2);
  CHECK(generation::rows_of<plain>("f", 0, {}) == 0);
  CHECK(generation::rows_of<labelled>("f", 6, two) == 2);
  CHECK_THROWS_WITH_AS(generation::rows_of<plain>("f", 7, {}), "f: 7 numbers are no whole rows of (3)", usage_error);
  CHECK_THROWS_WITH_AS(generation::rows_of<plain>("f", 6, two), "f: 2 rows want no labels, got 2", usage_error);
  CHECK_THROWS_WITH_AS(generation::rows_of<labelled>("f", 9, two), "f: 3 rows want as many labels, got 2", usage_error);
  CHECK_THROWS_WITH_AS(generation::rows_of<labelled>("f", 6, wrong), "f: label 5, the model takes 0 to 4", usage_error);
  CHECK_THROWS_AS(generation::rows_of<labelled>("f", 6, below), usage_error);
}

TEST_CASE_TEMPLATE("the temperature is the standard deviation of the noise", T, float, double) {
  const auto z = generation::noise<T>("f", 5000, shape{1, {4}}, seed{3}, 0.5);
  REQUIRE(z.size() == 20'000);
  double mean = 0, square = 0;
  for (const T v : z) {
    mean += static_cast<double>(v) / 20'000;
    square += static_cast<double>(v) * static_cast<double>(v) / 20'000;
  }
  CHECK(std::abs(mean) < 4 * 0.5 / std::sqrt(20'000.));
  CHECK(std::abs(square - 0.25) < 4 * 0.25 * std::sqrt(2 / 20'000.));
  const auto whole = generation::noise<T>("f", 5000, shape{1, {4}}, seed{3}, 1);
  bool halved = true;
  for (std::size_t i = 0; i < z.size(); ++i) halved = halved && z[i] == T(0.5) * whole[i];
  CHECK(halved);
  CHECK(generation::noise<T>("f", 0, shape{1, {4}}, seed{3}, 1).empty());
}

TEST_CASE("what is no temperature") {
  for (const double t : {0., -1., std::numeric_limits<double>::infinity(), std::nan("")})
    CHECK_THROWS_AS(generation::noise<float>("sample", 1, shape{1, {4}}, seed{3}, t), usage_error);
  CHECK_THROWS_WITH_AS(generation::noise<float>("sample", 1, shape{1, {4}}, seed{3}, 0),
                       "sample: expected a temperature above 0, the standard deviation of the noise, got 0.000000",
                       usage_error);
}
