#include <genet/tensor/activation.hpp>
#include <genet/tensor/matmul.hpp>
#include <genet/tensor/memory.hpp>

#include <doctest/doctest.h>

#include <array>
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

template <class T>
std::vector<T> noise(long n, std::uint32_t seed) {
  std::vector<T> x(static_cast<std::size_t>(n));
  for (T& v : x) {
    seed = seed * 1664525u + 1013904223u;
    v = static_cast<T>(static_cast<double>(seed >> 8) / (1 << 23) - 1);
  }
  return x;
}

// A matrix of any strides, as the plain definition sees it.
template <class T>
struct strided {
  const T* at;
  long row, column;
  double operator()(long i, long j) const { return static_cast<double>(at[i * row + j * column]); }
};

enum class layout { row_major, column_major };

template <class T>
strided<T> view(const std::vector<T>& x, long rows, long columns, layout l) {
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

template <class T>
constexpr double tolerance = sizeof(T) == 4 ? 4e-7 : 1e-15;

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

namespace {

enum class form { rows, panels };

// C = A B in one form, from a padded A of any layout; what the calls below have in common.
template <class T>
struct operation {
  long m, n, k, a_row, a_col;
  std::vector<T> a, b, bias;
  tensor::block<T> panels{tensor::pack_size<T>(k, n)};

  operation(long rows, long columns, long inner, layout l = layout::row_major, long gap = 3)
      : m(rows),
        n(columns),
        k(inner),
        a_row(l == layout::row_major ? inner + gap : 1),
        a_col(l == layout::row_major ? 1 : rows + gap),
        a(noise<T>((rows + gap) * (inner + gap), 1)),
        b(noise<T>(inner * columns, 2)),
        bias(noise<T>(columns, 3)) {
    tensor::pack(b.data(), k, n, n, 1L, panels.data());
  }

  double exact(long i, long j) const {
    double sum = 0;
    for (long l = 0; l < k; ++l)
      sum += static_cast<double>(a[static_cast<std::size_t>(i * a_row + l * a_col)]) *
             static_cast<double>(b[static_cast<std::size_t>(l * n + j)]);
    return sum;
  }
  long place(form f, long i, long j) const {
    return f == form::rows ? i * n + j : tensor::panel_place<T>(m, n, i, j);
  }
  long size(form f) const { return f == form::rows ? m * n : tensor::pack_size<T>(m, n); }

  void operator()(form f, T* c, bool add = false, const tensor::epilogue<T>& e = {},
                  tensor::team& team = tensor::alone()) const {
    if (f == form::rows)
      tensor::matmul(m, n, k, a.data(), a_row, a_col, panels.data(), c, n, add, e, team);
    else
      tensor::matmul_to_panels(m, n, k, a.data(), a_row, a_col, panels.data(), c, add, e, team);
  }
};

template <class T>
bool same_bits(const tensor::block<T>& x, const tensor::block<T>& y) {
  return x.size() == y.size() && std::memcmp(x.data(), y.data(), static_cast<std::size_t>(x.size()) * sizeof(T)) == 0;
}

// An epilogue's function that puts tiles where C would have them.
template <class T>
struct collect {
  form f;
  T* to;
  long m, n;
  static void take(const tensor::tile_lines<T>& t, const void* data) {
    const auto& self = *static_cast<const collect*>(data);
    if (self.f == form::panels) {
      std::copy_n(t.at, t.rows * t.stride, self.to + t.column * self.m + t.row * t.stride);
    } else {
      for (long i = 0; i < t.rows; ++i)
        std::copy_n(t.at + i * t.stride, t.columns, self.to + (t.row + i) * self.n + t.column);
    }
  }
};

}  // namespace

TEST_CASE_TEMPLATE("the place of an element in its panels", T, float, double) {
  for (const long k : {1L, 5L, 40L})
    for (const long n : {1L, 7L, 20L, 33L, 64L, 77L}) {
      const auto b = noise<T>(k * n, 1);
      tensor::block<T> panels(tensor::pack_size<T>(k, n)), transposed(tensor::pack_size<T>(n, k)),
          expected(tensor::pack_size<T>(n, k));
      tensor::pack(b.data(), k, n, n, 1L, panels.data());
      bool right = true;
      for (long i = 0; i < k; ++i)
        for (long j = 0; j < n; ++j)
          right = right && panels[tensor::panel_place<T>(k, n, i, j)] == b[static_cast<std::size_t>(i * n + j)];
      CHECK(right);
      for (T& v : transposed.span()) v = T(1e30);  // the padding has to be written
      tensor::pack_transposed(panels.data(), k, n, transposed.data());
      tensor::pack(b.data(), n, k, 1L, n, expected.data());
      CHECK(same_bits(transposed, expected));
    }
}

TEST_CASE_TEMPLATE("results in panels: values, zero padding, addition", T, float, double) {
  double bad = 0;
  bool padding = true;
  for (const layout l : {layout::row_major, layout::column_major})
    for (const long m : {1L, 2L, 5L, 33L, 70L})
      for (const long n : {1L, 3L, 7L, 12L, 20L, 31L, 32L, 45L})
        for (const long k : {1L, 37L, 1100L}) {
          const operation<T> product(m, n, k, l);
          tensor::block<T> c(product.size(form::panels));
          for (T& v : c.span()) v = T(1e30);
          product(form::panels, c.data());
          product(form::panels, c.data(), true, {.bias = product.bias.data()});
          for (long i = 0; i < m; ++i)
            for (long j = 0; j < n; ++j) {
              T& v = c[product.place(form::panels, i, j)];
              const double expected =
                  2 * product.exact(i, j) + static_cast<double>(product.bias[static_cast<std::size_t>(j)]);
              bad = std::max(bad, std::abs(static_cast<double>(v) - expected) / static_cast<double>(k + 1));
              v = 0;
            }
          for (const T v : c.span()) padding = padding && v == T(0);
        }
  CHECK(bad < tolerance<T>);
  CHECK(padding);
}

TEST_CASE_TEMPLATE("tiles that are only handed on have the bits of those that are stored", T, float, double) {
  for (const form f : {form::rows, form::panels})
    for (const long n : {1L, 9L, 21L, 77L})
      for (const long k : {13L, 1024L, 2700L})
        for (const bool add : {false, true}) {
          INFO("form " << int(f) << ", n " << n << ", k " << k << ", add " << add);
          const operation<T> product(37, n, k);
          tensor::block<T> stored(product.size(f)), handed(product.size(f));
          for (long i = 0; i < 37; ++i)
            for (long j = 0; j < n; ++j)
              stored[product.place(f, i, j)] = handed[product.place(f, i, j)] = static_cast<T>(i + j) / 8;
          const collect<T> to{f, handed.data(), 37, n};
          product(f, stored.data(), add, {.bias = product.bias.data()});
          product(f, add ? handed.data() : nullptr, add,
                  {.bias = product.bias.data(), .each = &collect<T>::take, .data = &to, .keep = false});
          CHECK(same_bits(stored, handed));
        }
}

TEST_CASE_TEMPLATE("one column: along the rows, in parts of any length", T, float, double) {
  for (const long k : {1L, 3L, 16L, 511L, 1100L}) {
    const operation<T> product(301, 1, k);
    std::vector<T> whole(301), parts(301);
    product(form::rows, whole.data(), false, {.bias = product.bias.data()});
    double bad = 0;
    for (long i = 0; i < 301; ++i)
      bad = std::max(bad, std::abs(static_cast<double>(whole[static_cast<std::size_t>(i)] - product.bias[0]) -
                                   product.exact(i, 0)) /
                              static_cast<double>(k + 1));
    CHECK(bad < tolerance<T>);
    for (long i = 0; i < 301; i += 43)
      tensor::matmul(43, 1, k, product.a.data() + i * product.a_row, product.a_row, 1L, product.panels.data(),
                     parts.data() + i, 1, false, {.bias = product.bias.data()});
    CHECK(std::memcmp(whole.data(), parts.data(), whole.size() * sizeof(T)) == 0);
  }
}

TEST_CASE_TEMPLATE("rows 4 KiB apart give the bits of rows at any distance", T, float, double) {
  const long k = 4096 / static_cast<long>(sizeof(T)), panel = tensor::panel_width<T>;
  for (const form f : {form::rows, form::panels})
    for (const long m : {3L, 29L})
      for (const long n : {5 * panel, 9 * panel + 1, 1100L}) {
        INFO("form " << int(f) << ", m " << m << ", n " << n);
        const operation<T> far(m, n, k - 1, layout::row_major, 1);
        operation<T> near(m, n, k - 1, layout::row_major, 4);
        for (long i = 0; i < m; ++i)
          for (long l = 0; l < k; ++l)
            near.a[static_cast<std::size_t>(i * near.a_row + l)] = far.a[static_cast<std::size_t>(i * far.a_row + l)];
        tensor::block<T> x(far.size(f)), y(far.size(f));
        far(f, x.data(), false, {.bias = far.bias.data()});
        near(f, y.data(), false, {.bias = far.bias.data()});
        CHECK(same_bits(x, y));
        far(f, x.data(), true);
        near(f, y.data(), true);
        CHECK(same_bits(x, y));
      }
}

TEST_CASE_TEMPLATE("teams change no bit", T, float, double) {
  std::array<tensor::team, 3> teams{tensor::team(2), tensor::team(3), tensor::team(8)};
  struct extent {
    long m, n, k;
  };
  for (const auto& [m, n, k] : {extent{1, 700, 900},
                                {2, 1300, 1100},
                                {5, 300, 700},
                                {64, 20, 1000},
                                {64, 150, 400},
                                {100, 40, 512},
                                {127, 1, 9000},
                                {129, 257, 65},
                                {301, 90, 128},
                                {700, 333, 20},
                                {37, 545, 1024},
                                {1000, 12, 100}})
    for (const layout l : {layout::row_major, layout::column_major})
      for (const form f : {form::rows, form::panels}) {
        INFO(m << " x " << n << " x " << k << ", layout " << int(l) << ", form " << int(f));
        const operation<T> product(m, n, k, l, k == 1024 ? 0 : 3);
        tensor::block<T> expected(product.size(f)), before(m * n), packed(tensor::pack_size<T>(k, n)),
            transposed(tensor::pack_size<T>(n, k));
        const auto all = [&](tensor::team& team, tensor::block<T>& c, tensor::block<T>& z, tensor::block<T>& p,
                             tensor::block<T>& t) {
          product(f, c.data(), false, {.bias = product.bias.data()}, team);
          product(f, c.data(), true, tensor::activated<swish>(product.bias.data(), z.data(), n), team);
          const collect<T> to{f, c.data(), m, n};
          product(f, c.data(), true, {.each = &collect<T>::take, .data = &to, .keep = false}, team);
          tensor::pack(product.b.data(), k, n, n, 1L, p.data(), team);
          tensor::pack_transposed(p.data(), k, n, t.data(), team);
        };
        all(tensor::alone(), expected, before, packed, transposed);
        for (tensor::team& team : teams) {
          tensor::block<T> c(product.size(f)), z(m * n), p(packed.size()), t(transposed.size());
          all(team, c, z, p, t);
          CHECK(same_bits(c, expected));
          CHECK(same_bits(z, before));
          CHECK(same_bits(p, packed));
          CHECK(same_bits(t, transposed));
        }
      }
}

TEST_CASE_TEMPLATE("a transposed operand: the bits of packing it first", T, float, double) {
  for (const auto& [m, n, k] : std::vector<std::array<long, 3>>{
           {1, 1, 1}, {5, 20, 7}, {37, 300, 41}, {13, 257, 512}, {600, 130, 33}, {9, 40, 1100}}) {
    CAPTURE(m);
    CAPTURE(n);
    CAPTURE(k);
    const auto a = noise<T>(m * k, 1), b = noise<T>(n * k, 2);
    tensor::block<T> panels(tensor::pack_size<T>(n, k)), turned(tensor::pack_size<T>(k, n));
    tensor::pack(b.data(), n, k, k, 1L, panels.data());
    tensor::pack_transposed(panels.data(), n, k, turned.data());
    for (bool add : {false, true}) {
      auto expected = noise<T>(m * n, 3);
      tensor::matmul(m, n, k, a.data(), k, 1L, turned.data(), expected.data(), n, add);
      for (int threads : {1, 2, 3, 8}) {
        tensor::team team(threads);
        tensor::block<T> work(turned.size());
        for (T& v : work.span()) v = T(1e30);
        auto c = noise<T>(m * n, 3);
        tensor::matmul_transposed(m, n, k, a.data(), k, 1L, panels.data(), c.data(), n, add, work.data(), team);
        CHECK(c == expected);
      }
    }
  }
}
