#pragma once
// Vectors of the machine: what xsimd offers, and the few things that it lacks or gets wrong.

#include <genet/declare/isa.hpp>
#include <genet/tensor/xtensor.hpp>

#include <cstddef>
#include <cstring>
#include <type_traits>
#include <utility>

namespace genet::inline GENET_ISA::tensor {

/// One vector register of `T` (float, double or an integer) of the instruction set that this translation unit is
/// compiled for.
template <class T> using simd = xsimd::batch<T>;

/// Elements in one `simd<T>`.
template <class T> inline constexpr int width = static_cast<int>(simd<T>::size);

/// Alignment in bytes of every block and every line of the library: a cache line, and the widest vector.
inline constexpr std::size_t alignment = 64;

/// `n` rounded up to a multiple of `unit`.
constexpr long round_up(long n, long unit) { return (n + unit - 1) / unit * unit; }

/// Calls `f` with the constants 0 ... N-1, unrolled.
template <int N, class F> [[gnu::always_inline]] inline void unroll(F&& f) {
  [&]<int... I>(std::integer_sequence<int, I...>) __attribute__((always_inline)) {
    (f(std::integral_constant<int, I>{}), ...);
  }
  (std::make_integer_sequence<int, N>{});
}

/// a * b + c, rounded once where the machine can. xsimd 8.1 has no AVX-512 form, and clang does not fuse the two
/// steps.
template <class T> [[gnu::always_inline]] inline simd<T> fma(const simd<T>& a, const simd<T>& b, const simd<T>& c) {
#if XSIMD_WITH_AVX512F
  if constexpr (std::is_same_v<T, float>)
    return _mm512_fmadd_ps(a, b, c);
  else
    return _mm512_fmadd_pd(a, b, c);
#else
  return xsimd::fma(a, b, c);
#endif
}

namespace detail {

// Copies n < 2 * Half elements by powers of two: no call into the C library for a few elements.
template <int Half, class T> [[gnu::always_inline]] inline void copy_few(T* to, const T* from, long n) {
  if (n & Half) {
    std::memcpy(to, from, Half * sizeof(T));
    to += Half;
    from += Half;
  }
  if constexpr (Half > 1) copy_few<Half / 2>(to, from, n);
}

}  // namespace detail

/// The first `n` elements at `p` (0 <= n <= width<T>); lanes beyond them hold `fill`. Reads nothing beyond p[n - 1].
template <class T> inline simd<T> load_partial(const T* p, long n, T fill = T(0)) {
  if (n >= width<T>) return simd<T>::load_unaligned(p);
  alignas(alignment) T line[static_cast<std::size_t>(width<T>)];
  simd<T>(fill).store_aligned(line);
  detail::copy_few<width<T> / 2>(line, p, n);
  return simd<T>::load_aligned(line);
}

/// Stores the first `n` lanes (0 <= n <= width<T>); writes nothing beyond p[n - 1].
template <class T> inline void store_partial(T* p, const simd<T>& x, long n) {
  if (n >= width<T>) return x.store_unaligned(p);
  alignas(alignment) T line[static_cast<std::size_t>(width<T>)];
  x.store_aligned(line);
  detail::copy_few<width<T> / 2>(p, line, n);
}

/// Calls f(i, count) for each vector of `n` elements; count < width only in the last one.
template <class T, class F> [[gnu::always_inline]] inline void each_vector(long n, F&& f) {
  long i = 0;
  for (; i + width<T> <= n; i += width<T>) f(i, static_cast<long>(width<T>));
  if (i < n) f(i, n - i);
}

/// Sum of the lanes, by halves: the order depends on the width alone.
template <class T> inline T horizontal_sum(const simd<T>& x) {
  alignas(alignment) T line[static_cast<std::size_t>(width<T>)];
  x.store_aligned(line);
  for (int half = width<T> / 2; half > 0; half /= 2)
    for (int i = 0; i < half; ++i) line[i] += line[i + half];
  return line[0];
}

/// Largest lane (unspecified when a lane holds NaN).
template <class T> inline T horizontal_max(const simd<T>& x) {
  alignas(alignment) T line[static_cast<std::size_t>(width<T>)];
  x.store_aligned(line);
  for (int half = width<T> / 2; half > 0; half /= 2)
    for (int i = 0; i < half; ++i) line[i] = line[i] < line[i + half] ? line[i + half] : line[i];
  return line[0];
}

namespace detail {

#if XSIMD_WITH_SSE2
using arch_128 = xsimd::sse2;
#elif XSIMD_WITH_NEON64
using arch_128 = xsimd::neon64;
#else
using arch_128 = xsimd::neon;
#endif

}  // namespace detail

/// Side of the square that `transpose` turns: 4 for float, 2 for double.
template <class T> inline constexpr int transpose_side = static_cast<int>(16 / sizeof(T));

/// Transposes one small square: to[j * to_stride + i] = from[i * from_stride + j] for i, j < transpose_side<T>.
/// In 128-bit vectors whatever the machine has: xsimd 8.1 zips only within 128-bit parts, and has no transpose.
template <class T>
[[gnu::always_inline]] inline void transpose(const T* from, long from_stride, T* to, long to_stride) {
  using V = xsimd::batch<T, detail::arch_128>;
  if constexpr (transpose_side<T> == 4) {
    const V a = V::load_unaligned(from), b = V::load_unaligned(from + from_stride);
    const V c = V::load_unaligned(from + 2 * from_stride), d = V::load_unaligned(from + 3 * from_stride);
    const V ac = xsimd::zip_lo(a, c), ac_high = xsimd::zip_hi(a, c);
    const V bd = xsimd::zip_lo(b, d), bd_high = xsimd::zip_hi(b, d);
    xsimd::zip_lo(ac, bd).store_unaligned(to);
    xsimd::zip_hi(ac, bd).store_unaligned(to + to_stride);
    xsimd::zip_lo(ac_high, bd_high).store_unaligned(to + 2 * to_stride);
    xsimd::zip_hi(ac_high, bd_high).store_unaligned(to + 3 * to_stride);
  } else {
    const V a = V::load_unaligned(from), b = V::load_unaligned(from + from_stride);
    xsimd::zip_lo(a, b).store_unaligned(to);
    xsimd::zip_hi(a, b).store_unaligned(to + to_stride);
  }
}

/// The truth of a comparison of two lanes; `&&`, `||`, `!` work on it, and `select` chooses by it.
template <class T> struct lane_mask;

/// A number in a formula: as many of them at once as a vector holds. Takes part in arithmetic with any number, so
/// that `x / (1 + exp(-x))` needs no casts and means the same in float and in double. Functions are found by
/// argument.
template <class T> struct lane {
  using value_type = T;
  simd<T> v;

  lane(const simd<T>& x) : v(x) {}
  template <class N>
  requires std::is_arithmetic_v<N> lane(N n) : v(static_cast<T>(n)) {}

  friend lane operator+(lane a, lane b) { return a.v + b.v; }
  friend lane operator-(lane a, lane b) { return a.v - b.v; }
  friend lane operator*(lane a, lane b) { return a.v * b.v; }
  friend lane operator/(lane a, lane b) { return a.v / b.v; }
  friend lane operator-(lane a) { return -a.v; }
  friend lane operator+(lane a) { return a; }
  lane& operator+=(lane b) { return *this = *this + b; }
  lane& operator-=(lane b) { return *this = *this - b; }
  lane& operator*=(lane b) { return *this = *this * b; }
  lane& operator/=(lane b) { return *this = *this / b; }

  friend lane_mask<T> operator<(lane a, lane b) { return {a.v < b.v}; }
  friend lane_mask<T> operator<=(lane a, lane b) { return {a.v <= b.v}; }
  friend lane_mask<T> operator>(lane a, lane b) { return {a.v > b.v}; }
  friend lane_mask<T> operator>=(lane a, lane b) { return {a.v >= b.v}; }
  friend lane_mask<T> operator==(lane a, lane b) { return {a.v == b.v}; }
  friend lane_mask<T> operator!=(lane a, lane b) { return {a.v != b.v}; }

  friend lane exp(lane a) { return xsimd::exp(a.v); }
  friend lane expm1(lane a) { return xsimd::expm1(a.v); }
  friend lane log(lane a) { return xsimd::log(a.v); }
  friend lane log1p(lane a) { return xsimd::log1p(a.v); }
  friend lane tanh(lane a) { return xsimd::tanh(a.v); }
  friend lane erf(lane a) { return xsimd::erf(a.v); }
  friend lane sin(lane a) { return xsimd::sin(a.v); }
  friend lane cos(lane a) { return xsimd::cos(a.v); }
  friend lane pow(lane a, lane b) { return xsimd::pow(a.v, b.v); }
  friend lane sqrt(lane a) { return xsimd::sqrt(a.v); }
  friend lane abs(lane a) { return xsimd::abs(a.v); }
  friend lane square(lane a) { return a.v * a.v; }
  /// a * b + c
  friend lane fma(lane a, lane b, lane c) { return tensor::fma<T>(a.v, b.v, c.v); }
  /// The larger one; NaN of the *first* argument stays NaN, so that max(x, 0) does not hide a failure.
  friend lane max(lane a, lane b) { return xsimd::max(b.v, a.v); }
  /// The smaller one; NaN of the *first* argument stays NaN.
  friend lane min(lane a, lane b) { return xsimd::min(b.v, a.v); }
};

template <class T> struct lane_mask {
  xsimd::batch_bool<T> v;

  friend lane_mask operator&&(lane_mask a, lane_mask b) { return {a.v & b.v}; }
  friend lane_mask operator||(lane_mask a, lane_mask b) { return {a.v | b.v}; }
  friend lane_mask operator!(lane_mask a) { return {~a.v}; }
  /// `yes` where the condition holds, `no` elsewhere; both are evaluated.
  friend lane<T> select(lane_mask condition, lane<T> yes, lane<T> no) {
    return xsimd::select(condition.v, yes.v, no.v);
  }
};

}  // namespace genet::tensor
