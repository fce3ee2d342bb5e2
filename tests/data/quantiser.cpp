#include "genet/data/quantiser.hpp"

#include <doctest/doctest.h>

#include "sequence_fixture.hpp"

using namespace genet;
using data::quantiser;
using ids = std::vector<std::int32_t>;
using numbers = std::vector<double>;

TEST_CASE("equal parts: the error is at most half a part, and some number has it") {
  const auto q = quantiser::uniform(50, -2, 3);
  CHECK(q.levels() == 50);
  CHECK(q.largest_error() == doctest::Approx(.05));
  numbers x;
  for (int i = 0; i <= 5000; ++i) x.push_back(-2 + i * .001);
  const auto tokens = q.tokens(x);
  CHECK(tokens.front() == 0);
  CHECK(tokens.back() == 49);
  const auto back = q.values(tokens);
  double most = 0;
  for (std::size_t i = 0; i < x.size(); ++i) most = std::max(most, std::abs(x[i] - back[i]));
  CHECK(most <= q.largest_error() + 1e-12);
  CHECK(most > .99 * q.largest_error());
  CHECK(q.tokens(q.values(tokens)) == tokens);
  CHECK(q.tokens(numbers{-100, 100}) == ids{0, 49});
}

TEST_CASE("parts of as many numbers: NumPy's quantiles") {
  const auto x = fixture("series/x");
  const auto q = quantiser::by_quantiles(8, x);
  const auto wanted = fixture("quantiles/borders");
  REQUIRE(q.borders().size() == wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(q.borders()[i] == doctest::Approx(wanted[i]).epsilon(1e-14));
  std::vector<long> counts(8);
  const auto tokens = q.tokens(x);
  for (const auto t : tokens) ++counts[static_cast<std::size_t>(t)];
  for (const long c : counts) CHECK(std::abs(c - 15) <= 1);
  const auto back = q.values(tokens);
  for (std::size_t i = 0; i < x.size(); ++i) CHECK(std::abs(x[i] - back[i]) <= q.largest_error() * (1 + 1e-12));
}

TEST_CASE("equal numbers make fewer levels") {
  const auto q = quantiser::by_quantiles(10, numbers{1, 1, 1, 1, 1, 1, 2, 3});
  CHECK(q.levels() < 10);
  CHECK(q.tokens(numbers{1, 3}) == ids{0, static_cast<std::int32_t>(q.levels() - 1)});
}

TEST_CASE("what cannot be quantised") {
  CHECK_THROWS_AS(quantiser::uniform(0, 0, 1), usage_error);
  CHECK_THROWS_AS(quantiser::uniform(5, 1, 1), usage_error);
  CHECK_THROWS_AS(quantiser::uniform(5, 0, NAN), usage_error);
  CHECK_THROWS_AS(quantiser::uniform(5, 0, INFINITY), usage_error);
  CHECK_THROWS_AS(quantiser::by_quantiles(4, numbers{1, 1}), bad_input);
  CHECK_THROWS_AS(quantiser::by_quantiles(4, {}), bad_input);
  const auto q = quantiser::uniform(4, 0, 1);
  CHECK(has(message([&] { q.values(ids{0, 4}); }), "number 1: found token 4, expected 0 to 3"));
  CHECK_THROWS_AS(q.tokens(numbers{NAN}), bad_input);
}
