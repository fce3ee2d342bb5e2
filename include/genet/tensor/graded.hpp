#pragma once
// Numbers with a whole gradient: one value and its derivatives along many directions, a vector of them at a time, so
// that a formula written once also gives all its partial derivatives (forward mode).

#include <genet/tensor/simd.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <type_traits>

namespace genet::inline GENET_ISA::tensor {

/// A double v and its derivatives along at least `Directions` directions, d; without directions a plain number whose
/// functions are found by argument. Comparisons look at v and are bool. Where a function has a kink, d is that of one
/// of its sides; abs is flat at 0.
template <int Directions>
struct graded {
  static constexpr int vectors = (Directions + width<double> - 1) / width<double>;
  using directions = std::array<simd<double>, static_cast<std::size_t>(vectors)>;
  double v = 0;
  directions d;

  graded() { d.fill(simd<double>(0.)); }
  template <class N>
  requires std::is_arithmetic_v<N> graded(N n) : v(static_cast<double>(n)) { d.fill(simd<double>(0.)); }
  /// Function of `a` with this value and slope.
  graded(double value, double slope, const graded& a) : v(value) {
    for (std::size_t i = 0; i < d.size(); ++i) d[i] = simd<double>(slope) * a.d[i];
  }
  /// Function of `a` and `b` with this value and these slopes.
  graded(double value, double by_a, const graded& a, double by_b, const graded& b) : v(value) {
    for (std::size_t i = 0; i < d.size(); ++i)
      d[i] = fma<double>(simd<double>(by_a), a.d[i], simd<double>(by_b) * b.d[i]);
  }
  /// The variable that direction `direction` is about.
  static graded variable(double value, int direction) {
    graded x(value);
    x.vary(direction);
    return x;
  }
  /// A number without derivatives becomes a variable.
  void vary(int direction) {
    constexpr auto W = static_cast<std::size_t>(width<double>);
    static constexpr auto ones = [] {  // a window of W in which the one stands where it has to
      std::array<double, 2 * W - 1> line{};
      line[W - 1] = 1;
      return line;
    }();
    const auto i = static_cast<std::size_t>(direction);
    d[i / W] = simd<double>::load_unaligned(ones.data() + (W - 1 - i % W));
  }
  double derivative(int direction) const {
    return d[static_cast<std::size_t>(direction / width<double>)].get(
        static_cast<std::size_t>(direction % width<double>));
  }

  friend graded operator+(graded a, const graded& b) {
    a.v += b.v;
    for (std::size_t i = 0; i < a.d.size(); ++i) a.d[i] += b.d[i];
    return a;
  }
  friend graded operator-(graded a, const graded& b) {
    a.v -= b.v;
    for (std::size_t i = 0; i < a.d.size(); ++i) a.d[i] -= b.d[i];
    return a;
  }
  friend graded operator*(const graded& a, const graded& b) { return {a.v * b.v, b.v, a, a.v, b}; }
  friend graded operator/(const graded& a, const graded& b) {
    const double q = a.v / b.v;
    return {q, 1 / b.v, a, -q / b.v, b};
  }
  friend graded operator-(const graded& a) { return {-a.v, -1, a}; }
  friend graded operator+(const graded& a) { return a; }
  // With plain numbers: no derivatives of theirs to carry.
  friend graded operator+(const graded& a, double b) { return shifted(a, a.v + b); }
  friend graded operator+(double a, const graded& b) { return shifted(b, a + b.v); }
  friend graded operator-(const graded& a, double b) { return shifted(a, a.v - b); }
  friend graded operator-(double a, const graded& b) { return {a - b.v, -1, b}; }
  friend graded operator*(const graded& a, double b) { return {a.v * b, b, a}; }
  friend graded operator*(double a, const graded& b) { return {a * b.v, a, b}; }
  friend graded operator/(const graded& a, double b) { return {a.v / b, 1 / b, a}; }
  friend graded operator/(double a, const graded& b) { return {a / b.v, -a / (b.v * b.v), b}; }
  template <class N>
  graded& operator+=(const N& b) {
    return *this = *this + b;
  }
  template <class N>
  graded& operator-=(const N& b) {
    return *this = *this - b;
  }
  template <class N>
  graded& operator*=(const N& b) {
    return *this = *this * b;
  }
  template <class N>
  graded& operator/=(const N& b) {
    return *this = *this / b;
  }

  friend bool operator<(const graded& a, const graded& b) { return a.v < b.v; }
  friend bool operator<=(const graded& a, const graded& b) { return a.v <= b.v; }
  friend bool operator>(const graded& a, const graded& b) { return a.v > b.v; }
  friend bool operator>=(const graded& a, const graded& b) { return a.v >= b.v; }
  friend graded select(bool condition, const graded& yes, const graded& no) { return condition ? yes : no; }

  friend graded exp(const graded& a) {
    const double y = std::exp(a.v);
    return {y, y, a};
  }
  friend graded expm1(const graded& a) { return {std::expm1(a.v), std::exp(a.v), a}; }
  friend graded log(const graded& a) { return {std::log(a.v), 1 / a.v, a}; }
  friend graded log1p(const graded& a) { return {std::log1p(a.v), 1 / (1 + a.v), a}; }
  friend graded tanh(const graded& a) {
    const double y = std::tanh(a.v);
    return {y, 1 - y * y, a};
  }
  friend graded erf(const graded& a) {
    constexpr double two_over_sqrt_pi = 1.12837916709551257390;
    return {std::erf(a.v), two_over_sqrt_pi * std::exp(-a.v * a.v), a};
  }
  friend graded sin(const graded& a) { return {std::sin(a.v), std::cos(a.v), a}; }
  friend graded cos(const graded& a) { return {std::cos(a.v), -std::sin(a.v), a}; }
  friend graded sqrt(const graded& a) {
    const double y = std::sqrt(a.v);
    return {y, 0.5 / y, a};
  }
  friend graded square(const graded& a) { return {a.v * a.v, 2 * a.v, a}; }
  friend graded abs(const graded& a) { return {std::abs(a.v), a.v < 0 ? -1. : a.v > 0 ? 1. : 0., a}; }
  friend graded pow(const graded& a, double b) { return {std::pow(a.v, b), b * std::pow(a.v, b - 1), a}; }
  friend graded max(const graded& a, const graded& b) { return a.v < b.v ? b : a; }
  friend graded min(const graded& a, const graded& b) { return b.v < a.v ? b : a; }
  /// log(exp(a) + exp(b)), of which one or both may be log 0.
  friend graded log_sum_exp(const graded& a, const graded& b) {
    const double top = std::max(a.v, b.v);
    if (!(top > -INFINITY) || top == INFINITY) return top == a.v ? a : b;
    const double p = std::exp(a.v - top), q = std::exp(b.v - top), sum = p + q;
    return {top + std::log(sum), p / sum, a, q / sum, b};
  }

 private:
  static graded shifted(graded a, double value) {
    a.v = value;
    return a;
  }
};

}  // namespace genet::inline GENET_ISA::tensor
