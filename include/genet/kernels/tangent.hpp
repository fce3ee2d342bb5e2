#pragma once
#include "../declare/tangent.hpp"
#include "../tensor/dual.hpp"
#include "element_wise.hpp"

namespace genet::inline GENET_ISA {

/// A stretch of what an activation's tangents are computed from. `at` is its input, or its output where its derivative
/// is a formula of that, and `along` the tangent there.
template <class T>
struct tangent_stretch {
  const T* at = nullptr;
  const T* along = nullptr;
  const T* gradient = nullptr;          // of the score, at the activation's output
  const T* gradient_tangent = nullptr;  // and its derivative along the direction; null: zero
  T* to = nullptr;
  bool add = false;

  tangent_stretch from(long i) const {
    const auto move = [i](auto* p) { return p ? p + i : p; };
    return {move(at), move(along), move(gradient), move(gradient_tangent), move(to), add};
  }
};

/// The tangent of an activation A, and that of its backward pass: with y = phi(x) and g the gradient at y,
/// y' = phi'(x) x' and (phi'(x) g)' = phi'(x) g' + phi''(x) x' g. No formula for phi'' is asked for: phi' is computed
/// with dual numbers.
template <activation_layer A>
struct activation_tangent {
  /// to = y'. Here `along` is the tangent of the input, in any case.
  template <class T>
  static void forward(const tangent_stretch<T>& s, long n) {
    element_run<A>::backward(run_values<T>{s.at, s.at}, s.along, s.to, n);
  }
  /// to = the tangent of the gradient of the input, or += it.
  template <class T>
  static void backward(const tangent_stretch<T>& s, long n) {
    tensor::each_vector<T>(
        n, [&](long i, long count) __attribute__((always_inline)) {
          const auto load = [&](const T* p) { return tensor::lane<T>(tensor::load_partial(p + i, count)); };
          const tensor::dual<T> at{load(s.at), load(s.along)};
          const tensor::dual<T> g{load(s.gradient), s.gradient_tangent ? load(s.gradient_tangent) : 0};
          const auto dx = (g * tensor::derivative<formula<A>>(at)).d;
          tensor::store_partial(s.to + i, (s.add ? dx + load(s.to) : dx).v, count);
        });
  }
};

}  // namespace genet
