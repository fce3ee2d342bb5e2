#include <genet/tensor/linear.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

using namespace genet;

namespace {

template <class T>
std::vector<T> noise(long n, std::uint32_t seed = 1) {
  std::vector<T> x(static_cast<std::size_t>(n));
  for (T& v : x) {
    seed = seed * 1664525u + 1013904223u;
    v = static_cast<T>(static_cast<double>(seed >> 8) / (1 << 23) - 1);
  }
  return x;
}

template <class T>
constexpr double small = sizeof(T) == 4 ? 2e-5 : 1e-13;

}  // namespace

TEST_CASE_TEMPLATE("QR gives orthonormal vectors that rebuild the matrix", T, float, double) {
  for (const auto& [k, n] : {std::pair{1L, 1L}, {3L, 3L}, {5L, 40L}, {33L, 70L}}) {
    const auto a = noise<T>(k * n);
    auto q = a;
    std::vector<T> diagonal(static_cast<std::size_t>(k)), beta(diagonal.size());
    tensor::qr(k, n, q.data(), diagonal.data(), beta.data());
    const auto r = q;
    tensor::qr_form_q(k, n, q.data(), beta.data());
    const long stride = n;
    auto at = [stride](const std::vector<T>& m, long i, long j) {
      return static_cast<double>(m[static_cast<std::size_t>(i * stride + j)]);
    };
    double off = 0, rebuilt = 0;
    for (long i = 0; i < k; ++i)
      for (long j = 0; j < k; ++j) {
        double s = 0;
        for (long l = 0; l < n; ++l) s += at(q, i, l) * at(q, j, l);
        off = std::max(off, std::abs(s - (i == j)));
      }
    for (long i = 0; i < k; ++i)
      for (long l = 0; l < n; ++l) {
        double s = static_cast<double>(diagonal[static_cast<std::size_t>(i)]) * at(q, i, l);
        for (long j = 0; j < i; ++j) s += at(r, i, j) * at(q, j, l);
        rebuilt = std::max(rebuilt, std::abs(s - at(a, i, l)));
      }
    CHECK(off < small<T>);
    CHECK(rebuilt < small<T>);
  }
  T zeros[6] = {}, diagonal[2], beta[2];  // a matrix without rank stays finite
  tensor::qr(2, 3, zeros, diagonal, beta);
  tensor::qr_form_q(2, 3, zeros, beta);
  CHECK(zeros[0] == 1);
  CHECK(zeros[4] == 1);
}

TEST_CASE_TEMPLATE("the textbook Cholesky factor", T, float, double) {
  T a[9] = {4, 12, -16, 12, 37, -43, -16, -43, 98};
  const T expected[9] = {2, 0, 0, 6, 1, 0, -8, 5, 3};
  REQUIRE(tensor::cholesky(3, a));
  for (int i = 0; i < 9; ++i) CHECK(a[i] == doctest::Approx(static_cast<double>(expected[i])));
  CHECK(tensor::cholesky_log_determinant(3, a) == doctest::Approx(std::log(36.)));
  T x[3] = {4 + 24 - 48, 12 + 74 - 129, -16 - 86 + 294};  // A (1, 2, 3)
  tensor::cholesky_solve(3, a, x);
  for (int i = 0; i < 3; ++i) CHECK(x[i] == doctest::Approx(i + 1).epsilon(1e-3));

  T indefinite[4] = {1, 2, 2, 1};
  CHECK_FALSE(tensor::cholesky(2, indefinite));
  T nan[1] = {std::numeric_limits<T>::quiet_NaN()};
  CHECK_FALSE(tensor::cholesky(1, nan));
}

TEST_CASE_TEMPLATE("eigenvalues of the second difference are known", T, float, double) {
  for (const long n : {1L, 2L, 7L, 30L}) {
    std::vector<T> a(static_cast<std::size_t>(n * n)), values(static_cast<std::size_t>(n)), vectors(a.size());
    for (long i = 0; i < n; ++i) {
      a[static_cast<std::size_t>(i * n + i)] = 2;
      if (i + 1 < n) a[static_cast<std::size_t>(i * n + i + 1)] = a[static_cast<std::size_t>((i + 1) * n + i)] = -1;
    }
    REQUIRE(tensor::symmetric_eigen(n, a.data(), values.data(), vectors.data()));
    double bad = 0;
    for (long i = 0; i < n; ++i) {
      const double pi = std::acos(-1.0), value = static_cast<double>(values[static_cast<std::size_t>(i)]);
      bad = std::max(
          bad, std::abs(value - (2 - 2 * std::cos(static_cast<double>(n - i) * pi / static_cast<double>(n + 1)))));
      auto v = [&](long j) {
        return j < 0 || j >= n ? 0. : static_cast<double>(vectors[static_cast<std::size_t>(i * n + j)]);
      };
      double norm = 0;
      for (long j = 0; j < n; ++j) {
        bad = std::max(bad, std::abs(2 * v(j) - v(j - 1) - v(j + 1) - value * v(j)));
        norm += v(j) * v(j);
      }
      bad = std::max(bad, std::abs(norm - 1));
    }
    CHECK(bad < small<T>);
  }
}

TEST_CASE("a matrix with negative and zero eigenvalues") {
  double a[9] = {0, 1, 0, 1, 0, 0, 0, 0, 0}, values[3], vectors[9];
  REQUIRE(tensor::symmetric_eigen(3, a, values, vectors));
  CHECK(values[0] == doctest::Approx(1));
  CHECK(values[1] == doctest::Approx(0));
  CHECK(values[2] == doctest::Approx(-1));
}

TEST_CASE_TEMPLATE("a covariance of few examples has rank, and the rest is zero", T, float, double) {
  constexpr long n = 40, examples = 3;
  const auto x = noise<T>(examples * n);
  std::vector<T> a(n * n), values(n), vectors(n * n);
  double trace = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t e = 0; e < examples; ++e) a[i * n + j] += x[e * n + i] * x[e * n + j];
      if (i == j) trace += static_cast<double>(a[i * n + j]);
    }
  REQUIRE(tensor::symmetric_eigen(n, a.data(), values.data(), vectors.data()));
  double sum = 0;
  for (const T v : values) sum += static_cast<double>(v);
  CHECK(sum == doctest::Approx(trace).epsilon(1e-5));
  CHECK(values[2] > T(1));
  CHECK(std::abs(static_cast<double>(values[3])) < small<T>);
  CHECK(std::abs(static_cast<double>(values[n - 1])) < small<T>);
  a[5] = std::numeric_limits<T>::quiet_NaN();
  CHECK_FALSE(tensor::symmetric_eigen(n, a.data(), values.data(), vectors.data()));
}

TEST_CASE_TEMPLATE("eigenvectors rebuild a matrix of any size; values alone are the same", T, float, double) {
  for (const long n : {1L, 2L, 3L, 17L, 150L})
    for (const long rank : {n, (n + 1) / 2}) {  // half of the values zero: many equal ones
      std::vector<T> a(static_cast<std::size_t>(n * n)), values(static_cast<std::size_t>(n)), vectors(a.size());
      const auto x = noise<T>(rank * n, static_cast<std::uint32_t>(n));
      for (long r = 0; r < rank; ++r)
        for (long i = 0; i < n; ++i)
          tensor::add_scaled((r % 2 ? -1 : 1) * x[static_cast<std::size_t>(r * n + i)],
                             &x[static_cast<std::size_t>(r * n)], &a[static_cast<std::size_t>(i * n)], n);
      auto destroyed = a;
      REQUIRE(tensor::symmetric_eigen(n, destroyed.data(), values.data(), vectors.data()));
      CHECK(std::is_sorted(values.rbegin(), values.rend()));
      double off = 0, rebuilt = 0, scale = 0;
      const auto row = [&](const std::vector<T>& m, long i) { return &m[static_cast<std::size_t>(i * n)]; };
      for (long i = 0; i < n; ++i) {
        scale = std::max(scale, std::abs(static_cast<double>(values[static_cast<std::size_t>(i)])));
        for (long j = 0; j < n; ++j) {
          const T product = tensor::dot(row(vectors, i), row(vectors, j), n);
          off = std::max(off, std::abs(static_cast<double>(product) - (i == j)));
          const T av = tensor::dot(row(a, j), row(vectors, i), n);
          rebuilt = std::max(
              rebuilt, std::abs(static_cast<double>(av - values[static_cast<std::size_t>(i)] * row(vectors, i)[j])));
        }
      }
      CHECK(off < small<T>);
      CHECK(rebuilt < small<T> * scale);
      auto alone = values;
      destroyed = a;
      REQUIRE(tensor::symmetric_eigen<T>(n, destroyed.data(), alone.data(), nullptr));
      CHECK(alone == values);
      for (T& v : a) v *= std::numeric_limits<T>::min() * T(1e3);  // squares would underflow
      REQUIRE(tensor::symmetric_eigen<T>(n, a.data(), alone.data(), nullptr));
      CHECK(static_cast<double>(alone[0]) ==
            doctest::Approx(static_cast<double>(values[0] * (std::numeric_limits<T>::min() * T(1e3)))));
    }
}
