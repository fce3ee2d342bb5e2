#include <genet/random/categorical.hpp>
#include <genet/random/distributions.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

using namespace genet;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

template <class T>
rng::choice<T> choose(std::vector<T> logits, T u, const sampling& how = {}) {
  return rng::categorical(logits.data(), static_cast<long>(logits.size()), u, how);
}

template <class T>
std::vector<T> normals(std::size_t n, std::uint32_t which) {
  std::vector<T> x(n);
  rng::normal(std::span<T>(x), rng::key{7, which, 0});
  return x;
}

/// The first id whose cumulative probability is above u, in double; how far u is from the nearest border.
template <class T>
std::pair<long, double> expected(const std::vector<T>& logits, double u, double temperature = 1) {
  double total = 0, sum = 0, nearest = infinity;
  for (const T l : logits) total += std::exp(static_cast<double>(l) / temperature);
  long id = -1;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    sum += std::exp(static_cast<double>(logits[i]) / temperature) / total;
    nearest = std::min(nearest, std::abs(sum - u));
    if (sum > u && id < 0) id = static_cast<long>(i);
  }
  return {id, nearest};
}

}  // namespace

TEST_CASE_TEMPLATE("the inverse of the distribution function", T, float, double) {
  for (const std::size_t n : {1UL, 2UL, 15UL, 64UL, 511UL, 513UL, 5000UL, 70001UL})
    for (const double temperature : {1.0, 0.5, 3.0}) {
      const auto logits = normals<T>(n, static_cast<std::uint32_t>(n));
      double log_total = 0;
      for (const T l : logits) log_total += std::exp(static_cast<double>(l) / temperature);
      log_total = std::log(log_total);
      for (int i = 0; i < 40; ++i) {
        const T u = static_cast<T>(i) / 40;
        const auto found = choose(logits, u, {.temperature = temperature});
        const auto [id, nearest] = expected(logits, static_cast<double>(u), temperature);
        if (nearest > (sizeof(T) == 4 ? 1e-6 : 1e-13)) CHECK(found.id == id);
        CHECK(found.logit == doctest::Approx(logits[static_cast<std::size_t>(found.id)]).epsilon(1e-5));
        CHECK(found.log_sum == doctest::Approx(log_total).epsilon(1e-5));
      }
    }
}
TEST_CASE_TEMPLATE("what has no probability is never chosen", T, float, double) {
  constexpr T none = -std::numeric_limits<T>::infinity(), last = T(1) - std::numeric_limits<T>::epsilon() / 2;
  const std::vector<T> few{none, 0, none, none, 0, none};
  for (const auto& [u, id] : {std::pair{T(0), 1L}, {T(0.49), 1L}, {T(0.5), 4L}, {last, 4L}})
    CHECK(choose(few, u).id == id);
  std::vector<T> many(3000, none);
  many[1700] = -1000;
  CHECK(choose(many, T(0)).id == 1700);
  CHECK(choose(many, last).id == 1700);
  many[3] = many[2900] = T(200);
  many[2999] = T(0);  // far below: exp underflows
  CHECK(choose(many, T(0.25)).id == 3);
  CHECK(choose(many, last).id == 2900);
}
TEST_CASE_TEMPLATE("greedy, top_k and temperature in small cases", T, float, double) {
  const std::vector<T> x{1, 3, 2, 3, -5};
  CHECK(choose(x, T(0.9), {.greedy = true}).id == 1);
  CHECK(choose(x, T(0.9), {.greedy = true}).logit == 3);
  CHECK(choose(x, T(0.9), {.top_k = 1}).id == 1);  // the first of equal ones
  CHECK(choose(x, T(0.4), {.top_k = 2}).id == 1);
  CHECK(choose(x, T(0.6), {.top_k = 2}).id == 3);
  const double all = 2 + std::exp(-1.0);
  CHECK(choose(x, static_cast<T>(1 / all - 0.01), {.top_k = 3}).id == 1);
  CHECK(choose(x, static_cast<T>(1 / all + 0.01), {.top_k = 3}).id == 2);
  CHECK(choose(x, static_cast<T>((1 + std::exp(-1.0)) / all + 0.01), {.top_k = 3}).id == 3);
  CHECK(choose(x, T(0.999), {.top_k = 9}).id == 3);
  CHECK(choose(std::vector<T>{0, 1}, T(0.5), {.temperature = 1e-3}).id == 1);
  CHECK(choose(std::vector<T>{0, 1}, static_cast<T>(1e-3), {.temperature = 1e-3}).id == 1);
  CHECK(choose(std::vector<T>{0, 1}, T(0.499), {.temperature = 1e6}).id == 0);
}
TEST_CASE_TEMPLATE("top_k keeps the k largest, whatever their signs", T, float, double) {
  auto x = normals<T>(777, 3);
  x[5] = T(0);
  x[6] = -T(0);
  for (const long k : {1L, 2L, 10L, 400L, 776L}) {
    auto left = x, sorted = x;
    std::ranges::sort(sorted, std::greater<>());
    rng::detail::keep_largest(left.data(), 777L, k, sorted[0]);
    long kept = 0;
    for (std::size_t i = 0; i < left.size(); ++i) {
      if (left[i] != x[i]) continue;
      ++kept;
      CHECK(x[i] >= sorted[static_cast<std::size_t>(k) - 1]);
    }
    CHECK(kept == k);
  }
}
TEST_CASE("logits that are not numbers") {
  constexpr float none = -std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(choose<float>({none, none}, 0.5F).id == -1);
  CHECK(choose<float>({1, std::numeric_limits<float>::infinity()}, 0.5F).id == -1);
  CHECK(choose<float>({1, nan, 2}, 0.5F).id == -1);
}
TEST_CASE("frequencies are probabilities: chi-square") {
  const auto logits = normals<float>(40, 11);
  constexpr int draws = 200'000;
  std::vector<float> u(draws);
  rng::uniform(std::span<float>(u), rng::key{3, 1, 4});
  std::vector<double> count(40);
  for (const float x : u) ++count[static_cast<std::size_t>(choose(logits, x).id)];
  double total = 0, square = 0;
  for (const float l : logits) total += std::exp(static_cast<double>(l));
  for (std::size_t i = 0; i < 40; ++i) {
    const double wanted = draws * std::exp(static_cast<double>(logits[i])) / total;
    square += (count[i] - wanted) * (count[i] - wanted) / wanted;
  }
  CHECK(square < 72.1);  // 39 degrees of freedom: 99.9 %
  CHECK(square > 16.3);  // 0.1 %
}
