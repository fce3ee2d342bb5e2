#pragma once
// Numbers with a derivative, so that a formula on lanes also gives its slope along a direction.

#include <genet/tensor/activation.hpp>

#include <limits>
#include <type_traits>

namespace genet::inline GENET_ISA::tensor {

/// v and its derivative d along some direction. Works in every formula that is written for `lane` and takes `auto`;
/// comparisons look at v. Where a function has a kink, d is that of one of its sides; abs is flat at 0.
template <class T> struct dual {
  using value_type = T;
  lane<T> v, d;

  dual(lane<T> value, lane<T> derivative) : v(value), d(derivative) {}
  template <class N>
  requires std::is_arithmetic_v<N> dual(N n) : v(n), d(0) {}

  friend dual operator+(dual a, dual b) { return {a.v + b.v, a.d + b.d}; }
  friend dual operator-(dual a, dual b) { return {a.v - b.v, a.d - b.d}; }
  friend dual operator*(dual a, dual b) { return {a.v * b.v, fma(a.d, b.v, a.v * b.d)}; }
  /// Flat where the denominator is infinite: 1 / (1 + exp(-x)) of a large -x has slope 0 and not NaN.
  friend dual operator/(dual a, dual b) {
    const lane<T> q = a.v / b.v;
    const auto overflow = abs(b.v) == std::numeric_limits<T>::infinity();
    return {q, select(overflow, 0, (a.d - q * b.d) / b.v)};
  }
  friend dual operator-(dual a) { return {-a.v, -a.d}; }
  friend dual operator+(dual a) { return a; }
  dual& operator+=(dual b) { return *this = *this + b; }
  dual& operator-=(dual b) { return *this = *this - b; }
  dual& operator*=(dual b) { return *this = *this * b; }
  dual& operator/=(dual b) { return *this = *this / b; }

  friend lane_mask<T> operator<(dual a, dual b) { return a.v < b.v; }
  friend lane_mask<T> operator<=(dual a, dual b) { return a.v <= b.v; }
  friend lane_mask<T> operator>(dual a, dual b) { return a.v > b.v; }
  friend lane_mask<T> operator>=(dual a, dual b) { return a.v >= b.v; }
  friend lane_mask<T> operator==(dual a, dual b) { return a.v == b.v; }
  friend lane_mask<T> operator!=(dual a, dual b) { return a.v != b.v; }
  friend dual select(lane_mask<T> condition, dual yes, dual no) {
    return {select(condition, yes.v, no.v), select(condition, yes.d, no.d)};
  }

  friend dual exp(dual a) {
    const lane<T> y = exp(a.v);
    return {y, y * a.d};
  }
  friend dual expm1(dual a) {
    const lane<T> y = expm1(a.v);
    return {y, (1 + y) * a.d};
  }
  friend dual log(dual a) { return {log(a.v), a.d / a.v}; }
  friend dual log1p(dual a) { return {log1p(a.v), a.d / (1 + a.v)}; }
  friend dual tanh(dual a) {
    const lane<T> y = tanh(a.v);
    return {y, (1 - y * y) * a.d};
  }
  friend dual erf(dual a) {
    constexpr double two_over_sqrt_pi = 1.12837916709551257390;
    return {erf(a.v), two_over_sqrt_pi * exp(-a.v * a.v) * a.d};
  }
  friend dual sin(dual a) { return {sin(a.v), cos(a.v) * a.d}; }
  friend dual cos(dual a) { return {cos(a.v), -sin(a.v) * a.d}; }
  /// Of a constant exponent also where the base is not positive.
  friend dual pow(dual a, dual b) {
    const lane<T> y = pow(a.v, b.v), by_base = b.v * pow(a.v, b.v - 1) * a.d;
    return {y, by_base + select(b.d == 0, 0, y * log(a.v) * b.d)};
  }
  friend dual sqrt(dual a) {
    const lane<T> y = sqrt(a.v);
    return {y, a.d / (2 * y)};
  }
  friend dual abs(dual a) { return {abs(a.v), select(a.v == 0, 0, select(a.v < 0, -a.d, a.d))}; }
  friend dual square(dual a) { return {square(a.v), 2 * a.v * a.d}; }
  friend dual fma(dual a, dual b, dual c) { return {fma(a.v, b.v, c.v), fma(a.v, b.d, fma(a.d, b.v, c.d))}; }
  friend dual max(dual a, dual b) { return {max(a.v, b.v), select(a.v > b.v, a.d, b.d)}; }
  friend dual min(dual a, dual b) { return {min(a.v, b.v), select(a.v < b.v, a.d, b.d)}; }
};

/// A's slope and how it changes along the direction at `x`, which is its output when `from_output<A>` and its input
/// otherwise.
template <class A, class T> dual<T> derivative(dual<T> x) {
  constexpr bool known = requires(dual<T> z) { A::derivative(z); } || requires(dual<T> z) {
    A::derivative_from_output(z);
  };
  static_assert(known, "the slope of this activation is a formula of lanes alone; write it with auto, as in "
                       "`static auto derivative(auto x)`");
  if constexpr (!known) return x;
  else if constexpr (from_output<A>) return A::derivative_from_output(x);
  else return A::derivative(x);
}

}  // namespace genet::tensor
