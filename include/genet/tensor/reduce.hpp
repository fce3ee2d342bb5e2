#pragma once
// Reductions: xtensor's own are 16 to 31 times slower. All of them add in an order that depends on the sizes and the
// vector width alone, never on the number of threads, and in blocks, so that rounding grows with the logarithm rather
// than the length.

#include <genet/tensor/simd.hpp>
#include <genet/tensor/team.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace genet::inline GENET_ISA::tensor {

/// Sum of f(first, count), one double or several, over 0 ... n - 1 cut into blocks: at most 64 of them, at multiples of
/// `unit` and at least `least` long, which depends on n alone. The team shares the blocks, if there are at least four;
/// what they gave is added in their order.
template <class F> auto sum_over_blocks(long n, long unit, long least, team& team, const F& f) {
  constexpr long most = 64;
  using sum = decltype(f(0L, 0L));
  std::array<sum, most> part;
  const long length = round_up(std::max(least, (n + most - 1) / most), unit), blocks = (n + length - 1) / length;
  (blocks < 4 ? alone() : team).divide(blocks, 1, [&](long first, long count) {
    for (long b = first; b < first + count; ++b)
      part[static_cast<std::size_t>(b)] = f(b * length, std::min(length, n - b * length));
  });
  sum total{};
  for (long b = 0; b < blocks; ++b) total += part[static_cast<std::size_t>(b)];
  return total;
}

namespace detail {

// Sum of f(vector) over n elements: four vector sums within a block, double across blocks. f(0) must be 0.
template <class T, class F> double sum_of(const T* x, long n, F&& f) {
  constexpr long W = width<T>, block_size = 64 * W;
  double total = 0;
  for (long first = 0; first < n; first += block_size) {
    const long last = std::min(first + block_size, n);
    simd<T> sum[4] = {simd<T>(T(0)), simd<T>(T(0)), simd<T>(T(0)), simd<T>(T(0))};
    long i = first;
    for (; i + 4 * W <= last; i += 4 * W)
      unroll<4>([&](auto j)
                    __attribute__((always_inline)) { sum[j] = sum[j] + f(simd<T>::load_unaligned(x + i + j * W)); });
    for (; i < last; i += W) sum[0] = sum[0] + f(load_partial(x + i, std::min(W, last - i)));
    total += static_cast<double>(horizontal_sum((sum[0] + sum[1]) + (sum[2] + sum[3])));
  }
  return total;
}

// The elements below which another thread costs more than it brings.
inline constexpr long worth_sharing = 8192;

// Columns that a thread takes at least, of so many rows: whole strips of reduce_columns.
template <class T> constexpr long column_unit(long rows) {
  return round_up(worth_sharing / std::max(rows, 1L) + 1, 4 * width<T>);
}

// out[c] (+)= scale * sum over rows of f(x[r][c], c), by strips of columns and blocks of rows, for the columns from
// `begin_column` to `end_column`.
template <class T, class F>
void reduce_columns(const T* x, long rows, long columns, long begin_column, long end_column, T* out, bool add, T scale,
                    const F& f) {
  constexpr long W = width<T>, block_rows = 64;
  auto strip = [&](long first, auto vectors, long count) __attribute__((always_inline)) {
    constexpr int V = decltype(vectors)::value;
    simd<T> total[V], sum[V];
    unroll<V>([&](auto j) __attribute__((always_inline)) { total[j] = simd<T>(T(0)); });
    for (long begin = 0; begin < rows; begin += block_rows) {
      unroll<V>([&](auto j) __attribute__((always_inline)) { sum[j] = simd<T>(T(0)); });
      for (long r = begin; r < std::min(begin + block_rows, rows); ++r) {
        const T* line = x + r * columns + first;
        unroll<V>([&](auto j) __attribute__((always_inline)) {
          const auto v = V == 1 ? load_partial(line, count) : simd<T>::load_unaligned(line + j * W);
          sum[j] = sum[j] + f(v, first + j * W, count);
        });
      }
      unroll<V>([&](auto j) __attribute__((always_inline)) { total[j] = total[j] + sum[j]; });
    }
    unroll<V>([&](auto j) __attribute__((always_inline)) {
      T* to = out + first + j * W;
      const long n = V == 1 ? count : W;
      simd<T> result = total[j] * simd<T>(scale);
      if (add) result = result + load_partial(to, n);
      store_partial(to, result, n);
    });
  };
  long c = begin_column;
  for (; c + 4 * W <= end_column; c += 4 * W) strip(c, std::integral_constant<int, 4>{}, W);
  for (; c < end_column; c += W) strip(c, std::integral_constant<int, 1>{}, std::min(W, end_column - c));
}

template <class T, class F>
void reduce_columns(const T* x, long rows, long columns, T* out, bool add, T scale, team& team, const F& f) {
  team.divide(columns, column_unit<T>(rows), [&](long first, long count) {
    reduce_columns(x, rows, columns, first, first + count, out, add, scale, f);
  });
}

}  // namespace detail

/// Sum of `n` elements.
template <class T> double sum(const T* x, long n, team& team = alone()) {
  return sum_over_blocks(n, 64 * width<T>, detail::worth_sharing, team, [x](long first, long count) {
    return detail::sum_of(x + first, count, [](const simd<T>& v) { return v; });
  });
}

/// Sum of squares of `n` elements.
template <class T> double sum_of_squares(const T* x, long n, team& team = alone()) {
  return sum_over_blocks(n, 64 * width<T>, detail::worth_sharing, team, [x](long first, long count) {
    return detail::sum_of(x + first, count, [](const simd<T>& v) { return v * v; });
  });
}

/// out[c] = sum over r of x[r * columns + c], or out[c] += if `add`. The gradient of a bias.
template <class T> void column_sums(const T* x, long rows, long columns, T* out, bool add = false,
                                   team& team = alone()) {
  // Few columns: as many rows at once as a vector has lanes, lest most of them idle.
  if (constexpr long W = width<T>; columns < W && rows >= 4 * W) {
    std::array<T, static_cast<std::size_t>(W * W)> wide;
    const long whole = rows / W * W;
    column_sums(x, rows / W, W * columns, wide.data(), false, team);
    column_sums(wide.data(), W, columns, out, add);
    return column_sums(x + whole * columns, rows - whole, columns, out, true);
  }
  detail::reduce_columns(x, rows, columns, out, add, T(1), team, [](const simd<T>& v, long, long) { return v; });
}

/// out[c] = mean of column c; 0 rows give 0.
template <class T> void column_means(const T* x, long rows, long columns, T* out, team& team = alone()) {
  const T scale = rows > 0 ? T(1) / static_cast<T>(rows) : T(0);
  detail::reduce_columns(x, rows, columns, out, false, scale, team, [](const simd<T>& v, long, long) { return v; });
}

/// mean[c] and variance[c] of column c, the variance divided by `rows` (batch norm normalises with it; multiply by
/// rows / (rows - 1) for the unbiased one). Two passes: no cancellation however large the mean.
template <class T> void column_moments(const T* x, long rows, long columns, T* mean, T* variance, team& team = alone()) {
  column_means(x, rows, columns, mean, team);
  const T scale = rows > 0 ? T(1) / static_cast<T>(rows) : T(0);
  detail::reduce_columns(x, rows, columns, variance, false, scale, team, [mean](const simd<T>& v, long c, long n) {
    const auto off = v - load_partial(mean + c, n);
    return off * off;
  });
}

/// out[r] = largest element of row r; -infinity for rows without elements. Rows with NaN: unspecified.
template <class T> void row_max(const T* x, long rows, long columns, T* out) {
  constexpr long W = width<T>;
  constexpr T lowest = -std::numeric_limits<T>::infinity();
  for (long r = 0; r < rows; ++r) {
    simd<T> top(lowest);
    for (long c = 0; c < columns; c += W)
      top = xsimd::max(top, load_partial(x + r * columns + c, std::min(W, columns - c), lowest));
    out[r] = horizontal_max(top);
  }
}

/// out[r] = log(sum over c of exp(x[r][c])), without overflow; NaN if the row holds one. PyTorch: logsumexp.
template <class T> void row_log_sum_exp(const T* x, long rows, long columns, T* out) {
  constexpr long W = width<T>;
  constexpr T lowest = -std::numeric_limits<T>::infinity();
  row_max(x, rows, columns, out);
  for (long r = 0; r < rows; ++r) {
    const T top = std::isfinite(out[r]) ? out[r] : T(0);  // a row of -infinity, or with +infinity
    simd<T> sum(T(0));
    for (long c = 0; c < columns; c += W)
      sum = sum + xsimd::exp(load_partial(x + r * columns + c, std::min(W, columns - c), lowest) - simd<T>(top));
    out[r] = top + std::log(horizontal_sum(sum));
  }
}

/// Index of the first element that is infinite or not a number; -1 if all are finite.
template <class T> long first_not_finite(const T* x, long n) {
  constexpr long W = width<T>;
  for (long i = 0; i < n; i += 8 * W) {
    simd<T> zero(T(0));  // x - x is 0 for finite x only
    for (long j = i; j < std::min(i + 8 * W, n); j += W) {
      const auto v = load_partial(x + j, std::min(W, n - j));
      zero = zero + (v - v);
    }
    if (horizontal_sum(zero) != T(0))
      for (long j = i; j < std::min(i + 8 * W, n); ++j)
        if (!std::isfinite(x[j])) return j;
  }
  return -1;
}

}  // namespace genet::tensor

#ifdef GENET_COMPILED_KERNELS
#include <genet/compiled/reductions.hpp>
#endif
