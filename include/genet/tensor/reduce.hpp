#pragma once
// Reductions: xtensor's own are 16 to 31 times slower. All of them add in an order that depends on the sizes and the
// vector width alone, and in blocks, so that rounding grows with the logarithm rather than the length.

#include <genet/tensor/simd.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace genet::inline GENET_ISA::tensor {

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

// out[c] (+)= scale * sum over rows of f(x[r][c], c), by strips of columns and blocks of rows.
template <class T, class F>
void reduce_columns(const T* x, long rows, long columns, T* out, bool add, T scale, F&& f) {
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
  long c = 0;
  for (; c + 4 * W <= columns; c += 4 * W) strip(c, std::integral_constant<int, 4>{}, W);
  for (; c < columns; c += W) strip(c, std::integral_constant<int, 1>{}, std::min(W, columns - c));
}

}  // namespace detail

/// Sum of `n` elements.
template <class T> double sum(const T* x, long n) {
  return detail::sum_of(x, n, [](const simd<T>& v) { return v; });
}

/// Sum of squares of `n` elements.
template <class T> double sum_of_squares(const T* x, long n) {
  return detail::sum_of(x, n, [](const simd<T>& v) { return v * v; });
}

/// out[c] = sum over r of x[r * columns + c], or out[c] += if `add`. The gradient of a bias.
template <class T> void column_sums(const T* x, long rows, long columns, T* out, bool add = false) {
  detail::reduce_columns(x, rows, columns, out, add, T(1), [](const simd<T>& v, long, long) { return v; });
}

/// out[c] = mean of column c; 0 rows give 0.
template <class T> void column_means(const T* x, long rows, long columns, T* out) {
  const T scale = rows > 0 ? T(1) / static_cast<T>(rows) : T(0);
  detail::reduce_columns(x, rows, columns, out, false, scale, [](const simd<T>& v, long, long) { return v; });
}

/// mean[c] and variance[c] of column c, the variance divided by `rows` (batch norm normalises with it; multiply by
/// rows / (rows - 1) for the unbiased one). Two passes: no cancellation however large the mean.
template <class T> void column_moments(const T* x, long rows, long columns, T* mean, T* variance) {
  column_means(x, rows, columns, mean);
  const T scale = rows > 0 ? T(1) / static_cast<T>(rows) : T(0);
  detail::reduce_columns(x, rows, columns, variance, false, scale, [mean](const simd<T>& v, long c, long n) {
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
