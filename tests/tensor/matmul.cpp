#include <genet/tensor/activation.hpp>
#include <genet/tensor/matmul.hpp>
#include <genet/tensor/memory.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

using namespace genet;

namespace {

struct swish {
  static auto value(auto x) { return x / (1 + exp(-x)); }
  static auto derivative(auto x) { return x; }
};

template <class T> std::vector<T> noise(long n, std::uint32_t seed) {
  std::vector<T> x(static_cast<std::size_t>(n));
  for (T& v : x) {
    seed = seed * 1664525u + 1013904223u;
    v = static_cast<T>(static_cast<double>(seed >> 8) / (1 << 23) - 1);
  }
  return x;
}

// A matrix of any strides, as the plain definition sees it.
template <class T> struct strided {
  const T* at;
  long row, column;
  double operator()(long i, long j) const { return static_cast<double>(at[i * row + j * column]); }
};

enum class layout { row_major, column_major };

template <class T> strided<T> view(const std::vector<T>& x, long rows, long columns, layout l) {
  return l == layout::row_major ? strided<T>{x.data(), columns, 1} : strided<T>{x.data(), 1, rows};
}

// Largest error of the product against the definition in double, relative to the sum of magnitudes; infinite when
// anything outside C was touched.
template <class T>
double worst(long m, long n, long k, layout la, layout lb, bool add, bool with_bias, bool with_activation) {
  const auto a = noise<T>(m * k + 1, 1), b = noise<T>(k * n + 1, 2), bias = noise<T>(n, 3);
  const long ldc = n + 3, ldz = n + 1;
  auto c = noise<T>(m * ldc, 4), z = noise<T>(m * ldz, 5);
  const auto old = c, old_z = z;
  const auto A = view(a, m, k, la), B = view(b, k, n, lb);
  tensor::block<T> panels(tensor::pack_size<T>(k, n));
  for (T& v : panels.span()) v = T(1e30);  // packing has to write the padding
  tensor::pack(B.at, k, n, B.row, B.column, panels.data());
  tensor::epilogue<T> e{.bias = with_bias ? bias.data() : nullptr};
  if (with_activation) e = tensor::activated<swish>(with_bias ? bias.data() : nullptr, z.data(), ldz);
  tensor::matmul(m, n, k, A.at, A.row, A.column, panels.data(), c.data(), ldc, add, e);
  double bad = 0;
  for (long i = 0; i < m; ++i)
    for (long j = 0; j < ldc; ++j) {
      const auto at = static_cast<std::size_t>(i * ldc + j), at_z = static_cast<std::size_t>(i * ldz + j);
      if (j >= n) {
        if (c[at] != old[at] || (j < ldz && z[at_z] != old_z[at_z])) return INFINITY;
        continue;
      }
      double sum = with_bias ? static_cast<double>(bias[static_cast<std::size_t>(j)]) : 0, size = 1;
      if (add) sum += static_cast<double>(old[at]);
      for (long l = 0; l < k; ++l) {
        sum += A(i, l) * B(l, j);
        size += std::abs(A(i, l) * B(l, j));
      }
      const double expected = with_activation ? sum / (1 + std::exp(-sum)) : sum;
      bad = std::max(bad, std::abs(static_cast<double>(c[at]) - expected) / size);
      if (with_activation)
        bad = std::max(bad, std::abs(static_cast<double>(z[at_z]) - sum) / size);
      else if (z[at_z] != old_z[at_z])
        return INFINITY;
    }
  return bad;
}

template <class T> constexpr double tolerance = sizeof(T) == 4 ? 4e-7 : 1e-15;

}  // namespace

TEST_CASE_TEMPLATE("products of every height and width", T, float, double) {
  constexpr long W = tensor::width<T>;
  double bad = 0;
  for (long m = 1; m <= 31; ++m)
    for (const long n : {1L, W - 1, W, W + 1, 2 * W, 2 * W + 3, 3 * W + 1, 5 * W})
      bad = std::max(bad, worst<T>(m, n, 9, layout::row_major, layout::row_major, m % 2 == 0, n % 2 == 0, false));
  CHECK(bad < tolerance<T>);
}

TEST_CASE_TEMPLATE("both layouts of both operands, addition, bias, activation with a second destination", T, float,
                   double) {
  for (const layout la : {layout::row_major, layout::column_major})
    for (const layout lb : {layout::row_major, layout::column_major})
      for (const bool add : {false, true})
        for (const bool bias : {false, true})
          for (const bool activation : {false, true}) {
            INFO("layouts " << int(la) << int(lb) << ", add " << add << ", bias " << bias << ", activation "
                            << activation);
            CHECK(worst<T>(23, 45, 37, la, lb, add, bias, activation) < tolerance<T>);
            CHECK(worst<T>(15, 64, 16, la, lb, add, bias, activation) < tolerance<T>);
          }
}

TEST_CASE_TEMPLATE("inner dimensions and row counts beyond one block", T, float, double) {
  CHECK(worst<T>(5, 19, 2500, layout::row_major, layout::row_major, false, true, true) < tolerance<T>);
  CHECK(worst<T>(5, 40, 1025, layout::column_major, layout::column_major, true, true, false) < tolerance<T>);
  CHECK(worst<T>(401, 33, 300, layout::row_major, layout::row_major, false, true, true) < tolerance<T>);
}

TEST_CASE("degenerate sizes") {
  float c[4] = {1, 2, 3, 4};
  const float bias[2] = {10, 20};
  tensor::matmul<float>(2, 2, 0, nullptr, 0, 1, nullptr, c, 2, true, {.bias = bias});  // an empty sum
  CHECK(c[0] == 11);
  CHECK(c[3] == 24);
  tensor::matmul<float>(2, 2, 0, nullptr, 0, 1, nullptr, c, 2);
  CHECK(c[0] == 0);
  tensor::matmul<float>(0, 2, 3, nullptr, 3, 1, nullptr, nullptr, 2);
  tensor::matmul<float>(2, 0, 3, nullptr, 3, 1, nullptr, nullptr, 0);
}

TEST_CASE_TEMPLATE("dividing rows or columns among calls changes no bit", T, float, double) {
  const long m = 50, k = 1300, n = 4 * tensor::panel_width<T> - 3;
  const auto a = noise<T>(m * k, 1), b = noise<T>(k * n, 2), bias = noise<T>(n, 3);
  tensor::block<T> panels(tensor::pack_size<T>(k, n));
  tensor::pack(b.data(), k, n, n, 1L, panels.data());
  std::vector<T> whole(static_cast<std::size_t>(m * n)), parts(whole.size());
  tensor::matmul(m, n, k, a.data(), k, 1L, panels.data(), whole.data(), n, false, {.bias = bias.data()});
  for (const long cut : {1L, 7L, 20L, 49L}) {
    tensor::matmul(cut, n, k, a.data(), k, 1L, panels.data(), parts.data(), n, false, {.bias = bias.data()});
    tensor::matmul(m - cut, n, k, a.data() + cut * k, k, 1L, panels.data(), parts.data() + cut * n, n, false,
                   {.bias = bias.data()});
    CHECK(std::memcmp(whole.data(), parts.data(), whole.size() * sizeof(T)) == 0);
  }
  const long c = 3 * tensor::panel_width<T>;
  tensor::block<T> again(tensor::pack_size<T>(k, n));
  tensor::pack(b.data(), k, c, n, 1L, again.data());
  tensor::pack(b.data() + c, k, n - c, n, 1L, again.data() + c * k);
  tensor::matmul(m, c, k, a.data(), k, 1L, again.data(), parts.data(), n, false, {.bias = bias.data()});
  tensor::matmul(m, n - c, k, a.data(), k, 1L, again.data() + c * k, parts.data() + c, n, false,
                 {.bias = bias.data() + c});
  CHECK(std::memcmp(whole.data(), parts.data(), whole.size() * sizeof(T)) == 0);
}

TEST_CASE_TEMPLATE("an epilogue's function sees every tile once, with its place and its data", T, float, double) {
  const long m = 33, n = 3 * tensor::width<T> + 5, k = 2;
  const std::vector<T> a(static_cast<std::size_t>(m * k), T(1)), b(static_cast<std::size_t>(k * n), T(1));
  tensor::block<T> panels(tensor::pack_size<T>(k, n)), c(m * n);
  tensor::pack(b.data(), k, n, n, 1L, panels.data());
  const double offset = 1000;
  const auto number = [](const tensor::tile_lines<T>& t, const void* data) {
    for (long i = 0; i < t.rows; ++i)
      for (long j = 0; j < t.columns; ++j)
        t.at[i * t.stride + j] +=
            static_cast<T>(*static_cast<const double*>(data) + static_cast<double>((t.row + i) * 100 + t.column + j));
  };
  tensor::matmul(m, n, k, a.data(), k, 1L, panels.data(), c.data(), n, false, {.each = number, .data = &offset});
  bool right = true;
  for (long i = 0; i < m; ++i)
    for (long j = 0; j < n; ++j) right = right && c[i * n + j] == static_cast<T>(2 + 1000 + i * 100 + j);
  CHECK(right);
}
