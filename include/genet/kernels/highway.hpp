#pragma once
#include <algorithm>

#include "../layers/highway.hpp"
#include "dense.hpp"

namespace genet::inline GENET_ISA {

/// Two dense layers with their activations and a pass that joins them. Kept for all examples: h = relu(W x + b), then
/// t = sigmoid(U x + c).
struct highway_kernels {
  template <class T, shapes In>
  static constexpr element_count workspace() {
    return {tensor::pack_size<T>(1, In[0][0]), tensor::pack_size<T>(In[0][0], In[0][0])};
  }

  template <class T, shapes In>
  static void forward(const context<T>& c) {
    constexpr long n = In[0][0];
    dense_products<relu>::forward(part<In>(c, 0), n, n);
    dense_products<sigmoid>::forward(part<In>(c, 1), n, n);
    each<T>(c, c.rows * n, [&](long i, const lanes<T>& at) {
      const auto x = at(c.real()), h = at(c.saved), t = at(c.saved + c.rows * n);
      tensor::store_partial(c.result() + i, (x + t * (h - x)).v, at.count);
    });
  }

  /// dh = t dy, dt = (h - x) dy, dx = (1 - t) dy and what the layers add.
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    constexpr long n = In[0][0];
    const long all = c.rows * n;
    each<T>(c, all, [&](long i, const lanes<T>& at) {
      const auto x = at(c.real()), h = at(c.saved), t = at(c.saved + all), dy = at(c.out_gradient);
      tensor::store_partial(c.scratch + i, (t * dy).v, at.count);
      tensor::store_partial(c.scratch + all + i, ((h - x) * dy).v, at.count);
      if constexpr (Want.input(0)) {
        auto dx = (1 - t) * dy;
        if constexpr (Want.adds(0)) dx += at(c.in_gradient[0]);
        tensor::store_partial(c.in_gradient[0] + i, dx.v, at.count);
      }
    });
    constexpr wants more{0, Want.input(0) ? 1U : 0U, Want.parameters};
    dense_products<relu>::backward(part<In>(c, 0), n, n, more);
    dense_products<sigmoid>::backward(part<In>(c, 1), n, n, more);
  }

 private:
  template <class T>
  struct lanes {
    long i, count;
    tensor::lane<T> operator()(const T* p) const { return tensor::load_partial(p + i, count); }
  };
  template <class T, class F>
  static void each(const context<T>& c, long n, const F& f) {
    c.team->divide(n, 8192, [&](long first, long some) {
      tensor::each_vector<T>(
          some, [&](long i, long count) __attribute__((always_inline)) {
            f(first + i, lanes<T>{first + i, count});
          });
    });
  }

  /// The call of one of the two layers.
  template <shapes In, class T>
  static context<T> part(const context<T>& c, long which) {
    const long all = c.rows * In[0][0];
    const auto k = static_cast<std::size_t>(2 * which);
    context<T> own = c;
    own.parameters = {c.parameters[k], c.parameters[k + 1]};
    own.parameter_gradient = {c.parameter_gradient[k], c.parameter_gradient[k + 1]};
    own.update = nullptr;
    own.saved = nullptr;
    own.out = c.saved + which * all;
    own.out_gradient = c.scratch ? c.scratch + which * all : nullptr;
    return own;
  }
};

template <class... O>
struct compute<highway_with<O...>> : highway_kernels {};
template <>
struct compute<highway> : highway_kernels {};

}  // namespace genet
