#include <genet/random/distributions.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

using namespace genet;

namespace {

const rng::key k{.seed = 42, .stream = 3, .step = 9};

std::uint32_t word(std::uint64_t block, std::size_t w) {
  return rng::philox(std::array<std::uint32_t, 4>{static_cast<std::uint32_t>(block), 3, 9, 0}, {42, 0})[w];
}

double unit24(std::uint32_t w) { return static_cast<double>(w >> 8) * 0x1p-24; }
double unit53(std::uint64_t block, std::size_t w) {
  return static_cast<double>((std::uint64_t{word(block, w + 1)} << 32 | word(block, w)) >> 11) * 0x1p-53;
}

struct statistics {
  double mean = 0, variance = 0, skewness = 0, kurtosis = 0, lag = 0;
};

template <class T> statistics describe(const std::vector<T>& x) {
  statistics s;
  const double n = static_cast<double>(x.size());
  for (const T v : x) s.mean += static_cast<double>(v) / n;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double d = static_cast<double>(x[i]) - s.mean;
    s.variance += d * d / n;
    s.skewness += d * d * d / n;
    s.kurtosis += d * d * d * d / n;
    if (i) s.lag += d * (static_cast<double>(x[i - 1]) - s.mean) / n;
  }
  return s;
}

}  // namespace

TEST_CASE("uniform numbers are words of their block") {
  std::vector<float> f(200);
  std::vector<double> d(200);
  rng::uniform(std::span(f), k);
  rng::uniform(std::span(d), k);
  for (std::size_t e = 0; e < 200; ++e) {
    CHECK(static_cast<double>(f[e]) == unit24(word(e / 4, e % 4)));
    CHECK(d[e] == unit53(e / 2, 2 * (e % 2)));
  }
}

TEST_CASE("normal numbers follow Box and Muller") {
  const double pi = std::acos(-1.0);
  std::vector<float> f(200);
  std::vector<double> d(200);
  rng::normal(std::span(f), k);
  rng::normal(std::span(d), k);
  for (std::size_t e = 0; e < 200; ++e) {
    const std::size_t pair = e % 4 / 2 * 2;
    const double u = (static_cast<double>(word(e / 4, pair)) + 0.5) * 0x1p-32, v = unit24(word(e / 4, pair + 1));
    const double angle = 2 * pi * v - pi, radius = std::sqrt(-2 * std::log(u));
    CHECK(static_cast<double>(f[e]) ==
          doctest::Approx(radius * (e % 2 ? std::sin(angle) : std::cos(angle))).epsilon(1e-5));
    const double u2 = 1 - unit53(e / 2, 0), a2 = 2 * pi * unit53(e / 2, 2) - pi, r2 = std::sqrt(-2 * std::log(u2));
    CHECK(d[e] == doctest::Approx(r2 * (e % 2 ? std::sin(a2) : std::cos(a2))).epsilon(1e-12));
  }
}

TEST_CASE_TEMPLATE("any division into calls draws the same numbers", T, float, double) {
  std::vector<T> whole(500), parts(500);
  for (const bool normal : {false, true}) {
    auto draw = [&](std::span<T> to, std::uint64_t first) {
      normal ? rng::normal(to, k, first) : rng::uniform(to, k, first);
    };
    draw(whole, 0);
    for (const std::size_t step : {1u, 3u, 64u, 77u, 333u}) {
      std::fill(parts.begin(), parts.end(), T(-9));
      for (std::size_t at = 0; at < parts.size(); at += step)
        draw(std::span(parts).subspan(at, std::min<std::size_t>(step, parts.size() - at)), at);
      CHECK(parts == whole);
    }
  }
  std::vector<T> mask(500);
  rng::keep_mask(std::span(whole), 0.3, k);
  for (std::size_t at = 0; at < 500; at += 7)
    rng::keep_mask(std::span(mask).subspan(at, std::min<std::size_t>(7, 500 - at)), 0.3, k, at);
  CHECK(mask == whole);
}

TEST_CASE("keys that differ anywhere draw other numbers") {
  std::vector<float> a(64), b(64);
  rng::uniform(std::span(a), k);
  for (const rng::key other : {rng::key{43, 3, 9}, rng::key{42, 4, 9}, rng::key{42, 3, 10},
                               rng::key{42 + (1ull << 32), 3, 9}, rng::key{42, 3, 9 + (1ull << 32)}}) {
    rng::uniform(std::span(b), other);
    int same = 0;
    for (std::size_t i = 0; i < 64; ++i) same += a[i] == b[i];
    CHECK(same <= 1);
  }
}

TEST_CASE_TEMPLATE("moments", T, float, double) {
  // 2^20 draws: five standard errors of each moment
  std::vector<T> x(1 << 20);
  rng::uniform(std::span(x), k);
  auto s = describe(x);
  CHECK(std::abs(s.mean - 0.5) < 1.5e-3);
  CHECK(std::abs(s.variance - 1 / 12.) < 4e-4);
  CHECK(std::abs(s.lag) < 5e-4);
  CHECK(*std::min_element(x.begin(), x.end()) >= 0);
  CHECK(*std::max_element(x.begin(), x.end()) < 1);
  rng::normal(std::span(x), k);
  s = describe(x);
  CHECK(std::abs(s.mean) < 5e-3);
  CHECK(std::abs(s.variance - 1) < 7e-3);
  CHECK(std::abs(s.skewness) < 0.02);
  CHECK(std::abs(s.kurtosis - 3) < 0.05);
  CHECK(std::abs(s.lag) < 5e-3);
  const auto beyond = std::count_if(x.begin(), x.end(), [](T v) { return std::abs(v) > T(1.959963985); });
  CHECK(std::abs(static_cast<double>(beyond) / (1 << 20) - 0.05) < 1.1e-3);
}

TEST_CASE("masks drop their share, scale the rest, and agree in float and double") {
  std::vector<float> f(100'000);
  std::vector<double> d(f.size());
  for (const double p : {0.0, 0.1, 0.5, 0.9, 1.0}) {
    rng::keep_mask(std::span(f), p, k);
    rng::keep_mask(std::span(d), p, k);
    long kept = 0;
    bool right = true;
    for (std::size_t i = 0; i < f.size(); ++i) {
      kept += f[i] != 0;
      right = right && (f[i] == 0 || f[i] == static_cast<float>(1 / (1 - p))) && (f[i] == 0) == (d[i] == 0);
    }
    CHECK(right);
    CHECK(std::abs(static_cast<double>(kept) / 1e5 - (1 - p)) <= 8e-3 * (p > 0 && p < 1));
  }
}

TEST_CASE("a source gives the words in order and continues from a position") {
  rng::source s(k);
  for (std::uint64_t i = 0; i < 300; ++i) CHECK(s.next() == word(i / 4, i % 4));
  rng::source later(k, 157);
  CHECK(later.next() == word(39, 1));
  CHECK(later.position() == 158);
}

TEST_CASE("whole numbers and permutations are fair") {
  rng::source s(k);
  long count[6] = {};
  for (int i = 0; i < 60'000; ++i) ++count[rng::below(6, s)];
  double chi = 0;
  for (const long c : count) chi += std::pow(static_cast<double>(c) - 1e4, 2) / 1e4;
  CHECK(chi < 20.5);  // 5 degrees of freedom, p = 0.001
  bool inside = true, upper = false;
  for (int i = 0; i < 1000; ++i) {
    const auto v = rng::below(0xc0000000u, s);  // a third of the words must be rejected
    inside = inside && v < 0xc0000000u;
    upper = upper || v >= 0x80000000u;
  }
  CHECK(inside);
  CHECK(upper);
  CHECK(rng::below(1, s) == 0);

  long order[6] = {};
  std::uint32_t p[3];
  for (std::uint64_t i = 0; i < 12'000; ++i) {
    rng::permutation(std::span(p), {.seed = 5, .step = i});
    ++order[p[0] * 2 + (p[1] > p[2])];
  }
  chi = 0;
  for (const long c : order) chi += std::pow(static_cast<double>(c) - 2000, 2) / 2000;
  CHECK(chi < 20.5);

  std::vector<std::uint32_t> big(10'000), sorted;
  rng::permutation(std::span(big), k);
  sorted = big;
  std::sort(sorted.begin(), sorted.end());
  bool all = true;
  for (std::uint32_t i = 0; i < 10'000; ++i) all = all && sorted[i] == i;
  CHECK(all);
  CHECK(big != sorted);
}

TEST_CASE("an empty span draws nothing") {
  rng::uniform(std::span<float>(), k);
  rng::normal(std::span<double>(), k);
  rng::permutation(std::span<std::uint32_t>(), k);
}
