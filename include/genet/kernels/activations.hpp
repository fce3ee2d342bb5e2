#pragma once
#include "element_wise.hpp"

namespace genet::inline GENET_ISA {

template <>
struct formula<relu> {
  static auto value(auto x) { return max(x, 0); }
  static auto derivative_from_output(auto y) { return select(y > 0, decltype(y)(1), decltype(y)(0)); }
};
template <real Slope>
struct formula<leaky_relu<Slope>> {
  static auto value(auto x) { return select(x > 0, x, x * Slope.value()); }
  static auto derivative_from_output(auto y) { return select(y > 0, decltype(y)(1), decltype(y)(Slope.value())); }
};
template <real Alpha>
struct formula<elu<Alpha>> {
  static auto value(auto x) { return select(x > 0, x, Alpha.value() * expm1(min(x, 0))); }
  static auto derivative_from_output(auto y) { return select(y > 0, decltype(y)(1), y + Alpha.value()); }
};
template <>
struct formula<gelu> {
  static constexpr double sqrt_half = 0.70710678118654752440;
  static constexpr double inverse_sqrt_2pi = 0.39894228040143267794;
  static auto value(auto x) { return 0.5 * x * (1 + erf(x * sqrt_half)); }
  static auto derivative(auto x) { return 0.5 * (1 + erf(x * sqrt_half)) + x * inverse_sqrt_2pi * exp(-0.5 * x * x); }
};
template <>
struct formula<silu> {
  static auto value(auto x) { return x / (1 + exp(-x)); }
  static auto derivative(auto x) {
    const auto s = 1 / (1 + exp(-x));
    return s * (1 + x * (1 - s));
  }
};
template <>
struct formula<tanh_> {
  static auto value(auto x) { return tanh(x); }
  static auto derivative_from_output(auto y) { return 1 - y * y; }
};
template <>
struct formula<sigmoid> {
  static auto value(auto x) { return 1 / (1 + exp(-x)); }
  static auto derivative_from_output(auto y) { return y * (1 - y); }
};
template <>
struct formula<softplus> {
  static auto value(auto x) { return max(x, 0) + log1p(exp(-abs(x))); }
  static auto derivative_from_output(auto y) { return -expm1(-y); }
};

template <activation_layer A>
struct compute<A> : element_wise_kernels<A> {};

}  // namespace genet
