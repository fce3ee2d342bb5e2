#pragma once
// Activations as xtensor expressions. An activation is a struct with two formulas on `lane<T>`:
//
//   struct swish {
//     static auto value(auto x) { return x / (1 + exp(-x)); }
//     static auto derivative(auto x) { auto s = 1 / (1 + exp(-x)); return s * (1 + x * (1 - s)); }
//   };
//
// or, where the derivative follows from the output, `static auto derivative_from_output(auto y)` instead of
// `derivative`.

#include <genet/tensor/simd.hpp>

#include <type_traits>
#include <utility>

namespace genet::inline GENET_ISA::tensor {

/// Whether the derivative of activation `A` is a formula of its output (then backward need not keep its input).
template <class A> inline constexpr bool from_output = requires(lane<float> y) { A::derivative_from_output(y); };

/// Whether activation `A` gives its derivative as a formula of its input.
template <class A> inline constexpr bool from_input = requires(lane<float> x) { A::derivative(x); };

/// An activation with its derivative, by one of the two formulas.
template <class A>
concept activation = (from_output<A> || from_input<A>)&&requires(lane<float> x) {
  lane<float>(A::value(x));
};

/// A's derivative at `x`, which is its output when `from_output<A>` and its input otherwise.
template <class A, class T> lane<T> derivative(lane<T> x) {
  if constexpr (from_output<A>)
    return A::derivative_from_output(x);
  else
    return A::derivative(x);
}

namespace detail {

// xtensor takes a functor into its vector loop only if simd_apply has exactly one template parameter.
template <class A> struct value_of {
  template <class B> auto simd_apply(const B& x) const {
    return lane<typename B::value_type>(A::value(lane<typename B::value_type>(x))).v;
  }
  // The few elements outside whole vectors go through the same formula in a vector, hence have the same bits.
  template <class T> T operator()(const T& x) const { return simd_apply(simd<T>(x)).get(0); }
};

template <class A> struct pulled_back {
  template <class B> auto simd_apply(const B& x, const B& dy) const {
    using number = lane<typename B::value_type>;
    return (number(dy) * derivative<A>(number(x))).v;
  }
  template <class T> T operator()(const T& x, const T& dy) const {
    return simd_apply(simd<T>(x), simd<T>(dy)).get(0);
  }
};

}  // namespace detail

/// The expression A::value(x), element by element.
template <class A, class E> auto apply(E&& x) {
  using node = typename xt::detail::xfunction_type<detail::value_of<A>, E>::type;
  return node(detail::value_of<A>{}, std::forward<E>(x));
}

/// The expression dy * A'(x): the gradient at the input from the gradient `dy` at the output. The first operand is
/// the *output* of the activation when `from_output<A>`, its input otherwise.
template <class A, class E, class G> auto pull_back(E&& x_or_y, G&& dy) {
  using node = typename xt::detail::xfunction_type<detail::pulled_back<A>, E, G>::type;
  return node(detail::pulled_back<A>{}, std::forward<E>(x_or_y), std::forward<G>(dy));
}

}  // namespace genet::tensor
