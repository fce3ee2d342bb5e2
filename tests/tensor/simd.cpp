#include <genet/tensor/simd.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

using namespace genet;

namespace {

template <class T> std::vector<T> grid(double from, double to, int n) {
  std::vector<T> x(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i) x[static_cast<std::size_t>(i)] = static_cast<T>(from + (to - from) * (i + 0.5) / n);
  return x;
}

// Largest error of a formula on lanes against the same formula in long double, relative to 1 + |expected|.
template <class T, class F, class G> double worst(double from, double to, F formula, G expected) {
  auto x = grid<T>(from, to, 64 * tensor::width<T>);
  double bad = 0;
  for (std::size_t i = 0; i < x.size(); i += tensor::width<T>) {
    T y[64];
    tensor::lane<T>(formula(tensor::lane<T>(tensor::simd<T>::load_unaligned(&x[i])))).v.store_unaligned(y);
    for (int l = 0; l < tensor::width<T>; ++l) {
      const long double e = expected(static_cast<long double>(x[i + static_cast<std::size_t>(l)]));
      bad = std::max(bad, static_cast<double>(std::abs(e - y[l]) / (1 + std::abs(e))));
    }
  }
  return bad;
}

}  // namespace

TEST_CASE_TEMPLATE("partial loads and stores touch only what they may", T, float, double) {
  constexpr int W = tensor::width<T>;
  for (long n = 0; n <= W; ++n) {
    std::vector<T> from(static_cast<std::size_t>(n)),
        to(W + 1, T(-7));  // exact allocation: the sanitizer sees overreads
    for (long i = 0; i < n; ++i) from[static_cast<std::size_t>(i)] = static_cast<T>(i + 1);
    const auto v = tensor::load_partial(from.data(), n, T(9));
    T all[64];
    v.store_unaligned(all);
    for (int i = 0; i < W; ++i) CHECK(all[i] == (i < n ? static_cast<T>(i + 1) : T(9)));
    tensor::store_partial(to.data(), v, n);
    for (int i = 0; i <= W; ++i) CHECK(to[static_cast<std::size_t>(i)] == (i < n ? static_cast<T>(i + 1) : T(-7)));
  }
}

TEST_CASE_TEMPLATE("horizontal sum and maximum", T, float, double) {
  constexpr int W = tensor::width<T>;
  T x[64];
  for (int i = 0; i < W; ++i) x[i] = static_cast<T>((i * 5) % W - 3);
  const auto v = tensor::simd<T>::load_unaligned(x);
  CHECK(tensor::horizontal_sum(v) == static_cast<T>(W * (W - 1) / 2 - 3 * W));
  CHECK(tensor::horizontal_max(v) == static_cast<T>(W - 4));
}

TEST_CASE_TEMPLATE("a small square transposes", T, float, double) {
  constexpr int S = tensor::transpose_side<T>;
  T from[64], to[64] = {};
  for (int i = 0; i < 64; ++i) from[i] = static_cast<T>(i);
  tensor::transpose(from, 7, to, 6);
  for (int j = 0; j < S; ++j)
    for (int i = 0; i < S; ++i) CHECK(to[j * 6 + i] == static_cast<T>(i * 7 + j));
}

TEST_CASE("fma rounds once where the machine can") {
#if XSIMD_WITH_AVX512F || XSIMD_WITH_FMA3_AVX2 || XSIMD_WITH_NEON64
  const double a = 1 + 0x1p-30, b = 1 - 0x1p-30;
  CHECK(tensor::fma(tensor::simd<double>(a), tensor::simd<double>(b), tensor::simd<double>(-1.0)).get(0) == -0x1p-60);
  const float c = 1 + 0x1p-12f, d = 1 - 0x1p-12f;
  CHECK(tensor::fma(tensor::simd<float>(c), tensor::simd<float>(d), tensor::simd<float>(-1.f)).get(0) == -0x1p-24f);
#else
  CHECK(tensor::fma(tensor::simd<float>(2.f), tensor::simd<float>(3.f), tensor::simd<float>(4.f)).get(0) == 10.f);
#endif
}

TEST_CASE_TEMPLATE("formulas on lanes mean what they mean on numbers", T, float, double) {
  const double tolerance = 16 * static_cast<double>(std::numeric_limits<T>::epsilon());
  CHECK(worst<T>(
            -10, 10, [](auto x) { return x / (1 + exp(-x)); }, [](long double x) { return x / (1 + std::exp(-x)); }) <
        tolerance);
  CHECK(worst<T>(
            -5, 5, [](auto x) { return tanh(x) + 0.5 * x; }, [](long double x) { return std::tanh(x) + 0.5L * x; }) <
        tolerance);
  CHECK(worst<T>(
            0.01, 9, [](auto x) { return log(x) * sqrt(x) - log1p(x); },
            [](long double x) { return std::log(x) * std::sqrt(x) - std::log1p(x); }) < tolerance);
  CHECK(worst<T>(
            -3, 3, [](auto x) { return erf(x) + expm1(x); },
            [](long double x) { return std::erf(x) + std::expm1(x); }) < tolerance);
  CHECK(worst<T>(
            -3, 3, [](auto x) { return sin(x) * cos(x) + fma(x, x, 1); },
            [](long double x) { return std::sin(x) * std::cos(x) + x * x + 1; }) < tolerance);
  CHECK(worst<T>(
            -4, 4, [](auto x) { return select(x > 1 || !(x >= -1), max(x, 0), min(abs(x), 0.5)); },
            [](long double x) { return x > 1 || x < -1 ? std::max(x, 0.L) : std::min(std::abs(x), 0.5L); }) <
        tolerance);
}

TEST_CASE_TEMPLATE("max and min keep the NaN of their first argument", T, float, double) {
  const tensor::lane<T> nan = std::numeric_limits<T>::quiet_NaN();
  CHECK(std::isnan(tensor::lane<T>(max(nan, 0)).v.get(0)));
  CHECK(std::isnan(tensor::lane<T>(min(nan, 0)).v.get(0)));
}
