#include <genet/train/gradient_penalty.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "fixture.hpp"

using namespace genet;

namespace {

struct quartic {  // a user's
  double weight = 0.5;
  static penalty_point at(double norm) { return {std::pow(norm, 4), 4 * std::pow(norm, 3)}; }
};

template <class T> std::vector<T> to(const std::vector<double>& v) { return {v.begin(), v.end()}; }

/// Rows of n whose norms are between 0.4 and 1.6, none of them 1.
std::vector<double> gradients(long rows, long n) {
  auto g = numbers(rows * n, 5);
  for (long r = 0; r < rows; ++r) {
    double squares = 0;
    for (long i = 0; i < n; ++i) squares += std::pow(g[static_cast<std::size_t>(r * n + i)], 2);
    const double norm = 0.41 + 1.2 * static_cast<double>(r) / static_cast<double>(rows);
    for (long i = 0; i < n; ++i) g[static_cast<std::size_t>(r * n + i)] *= norm / std::sqrt(squares);
  }
  return g;
}

template <class Penalty> double plain_value(const Penalty& p, const std::vector<double>& g, long n) {
  const long rows = static_cast<long>(g.size()) / n;
  double sum = 0;
  for (long r = 0; r < rows; ++r) {
    double squares = 0;
    for (long i = 0; i < n; ++i) squares += std::pow(g[static_cast<std::size_t>(r * n + i)], 2);
    sum += p.at(std::sqrt(squares)).value;
  }
  return p.weight * sum / static_cast<double>(rows);
}

template <class Penalty> void is_a_penalty(const Penalty& p) {
  for (const long rows : {1L, 3L, 70L})
    for (const long n : {1L, 5L, 37L}) {
      CAPTURE(rows);
      CAPTURE(n);
      const auto g = gradients(rows, n);
      std::vector<double> direction(g.size(), 1e30);
      const penalty_value v = evaluate_penalty(p, g.data(), rows, n, direction.data());
      CHECK(v.value == doctest::Approx(plain_value(p, g, n)).epsilon(1e-12));
      if (v.value > 1e-9)
        CHECK(gradient_error([&](const std::vector<double>& x) { return plain_value(p, x, n); }, g, direction) < 1e-7);
      CHECK(evaluate_penalty(p, g.data(), rows, n).value == v.value);
      const auto single = to<float>(g);
      std::vector<float> of_single(g.size());
      CHECK(evaluate_penalty(p, single.data(), rows, n, of_single.data()).value ==
            doctest::Approx(v.value).epsilon(1e-4));
      if (v.value > 1e-9) CHECK(difference(of_single, direction) < 1e-5);
      auto in_place = g;
      evaluate_penalty(p, in_place.data(), rows, n, in_place.data());
      CHECK(in_place == direction);
    }
}

}  // namespace

static_assert(norm_penalty<gradient_penalty> && norm_penalty<lipschitz_penalty> && norm_penalty<r1_penalty>);
static_assert(norm_penalty<quartic> && !norm_penalty<int>);

TEST_CASE("values and directions") {
  is_a_penalty(gradient_penalty{});
  is_a_penalty(lipschitz_penalty{.weight = 3});
  is_a_penalty(r1_penalty{.weight = 0.2});
  is_a_penalty(quartic{});
}

TEST_CASE("the formulas at a norm of 3: value and mean norm") {
  const std::vector<double> g{3, 0, 0, 3};
  CHECK(evaluate_penalty(gradient_penalty{.weight = 10}, g.data(), 2, 2).value == doctest::Approx(40));
  CHECK(evaluate_penalty(lipschitz_penalty{.weight = 10}, g.data(), 2, 2).value == doctest::Approx(40));
  CHECK(evaluate_penalty(r1_penalty{.weight = 10}, g.data(), 2, 2).value == doctest::Approx(45));
  CHECK(evaluate_penalty(r1_penalty{}, g.data(), 2, 2).mean_norm == doctest::Approx(3));
}

TEST_CASE("below one the one-sided penalty is nothing; a gradient of zero has no direction; NaN is passed on") {
  std::vector<double> g{0.6, 0.3, 0, 0}, direction(4, 7);
  CHECK(evaluate_penalty(lipschitz_penalty{}, g.data(), 2, 2, direction.data()).value == 0);
  CHECK(direction == std::vector<double>(4));
  CHECK(evaluate_penalty(gradient_penalty{}, g.data(), 2, 2, direction.data()).value > 0);
  CHECK(direction[2] == 0);
  CHECK(direction[3] == 0);
  g[1] = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(evaluate_penalty(gradient_penalty{}, g.data(), 2, 2).value));
  CHECK(std::isnan(evaluate_penalty(lipschitz_penalty{}, g.data(), 2, 2).value));
}

TEST_CASE_TEMPLATE("points between real and made examples: one number for each, the same for any team", T, float,
                   double) {
  constexpr long rows = 150, n = 19;
  const rng::key key{5, 2, 9};
  const auto real = to<T>(numbers(rows * n, 1)), fake = to<T>(numbers(rows * n, 2));
  std::vector<T> u(rows), between(rows * n);
  rng::uniform(std::span<T>(u), key);
  interpolate(real.data(), fake.data(), rows, n, key, between.data());
  for (std::size_t i = 0; i < between.size(); ++i) {
    const double share = static_cast<double>(u[i / n]);
    const double wanted = share * static_cast<double>(real[i]) + (1 - share) * static_cast<double>(fake[i]);
    CHECK(std::abs(static_cast<double>(between[i]) - wanted) < 1e-6);
  }
  for (const int threads : {2, 3}) {
    tensor::team team(threads);
    auto in_place = fake;
    interpolate(real.data(), in_place.data(), rows, n, key, in_place.data(), team);
    CHECK(in_place == between);
  }
}
