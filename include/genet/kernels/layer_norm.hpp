#pragma once
#include <algorithm>
#include <cmath>

#include "../layers/layer_norm.hpp"
#include "../tensor/reduce.hpp"
#include "contribute.hpp"

namespace genet::inline GENET_ISA {

/// Ba, Kiros & Hinton 2016; formulas of torch.nn.LayerNorm. Kept of each example: mean and 1/deviation.
template <class Layer>
struct layer_norm_kernels {
  static constexpr bool by_rows = true;
  template <class T, shapes In>
  static void forward(const context<T>& c) {
    constexpr long n = In[0].size();
    const auto weight = tensor::flat(c.parameters[0], n), bias = tensor::flat(c.parameters[1], n);
    for (long r = 0; r < c.rows; ++r) {
      const T* x = c.real() + r * n;
      auto y = tensor::flat(c.result() + r * n, n);
      const T mean = static_cast<T>(tensor::sum(x, n) / n);
      tensor::assign(y, tensor::flat(x, n) - mean);
      const double variance = tensor::sum_of_squares(c.result() + r * n, n) / n;
      const T inverse = static_cast<T>(1 / std::sqrt(variance + Layer::values.epsilon));
      tensor::assign(y, y * inverse * weight + bias);
      c.saved[2 * r] = mean;
      c.saved[2 * r + 1] = inverse;
    }
  }

  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    constexpr long n = In[0].size();
    if constexpr (Want.parameters) {
      tensor::column_sums(c.out_gradient, c.rows, n, c.parameter_gradient[1], c.accumulate, *c.team);
      if (!c.accumulate) std::fill_n(c.parameter_gradient[0], n, T(0));
    }
    for (long r = 0; r < c.rows; ++r) {
      const T mean = c.saved[2 * r], inverse = c.saved[2 * r + 1];
      const auto x = tensor::flat(c.real() + r * n, n);
      auto dy = tensor::flat(c.out_gradient + r * n, n);
      if constexpr (Want.parameters) {
        auto to = tensor::flat(c.parameter_gradient[0], n);
        tensor::assign(to, to + dy * ((x - mean) * inverse));
      }
      if constexpr (Want.input(0)) {
        // g = dy weight is the gradient of the normalised x, xn; dx = (g - mean(g) - xn mean(g xn)) / deviation
        tensor::assign(dy, dy * tensor::flat(c.parameters[0], n));
        const T* g = c.out_gradient + r * n;
        const T g_mean = static_cast<T>(tensor::sum(g, n) / n);
        const T slope = static_cast<T>(off_mean(g, c.real() + r * n, mean, n) / n) * inverse * inverse;
        contribute<Want, 0>(c.in_gradient[0] + r * n, n, (dy - g_mean - (x - mean) * slope) * inverse);
      }
    }
  }

 private:
  /// Sum of g (x - mean), by vectors.
  template <class T>
  static double off_mean(const T* g, const T* x, T mean, long n) {
    constexpr long W = tensor::width<T>;
    tensor::simd<T> sum(T(0));
    for (long i = 0; i < n; i += W) {
      const long count = std::min(W, n - i);
      sum = tensor::fma(tensor::load_partial(g + i, count),
                        tensor::load_partial(x + i, count) - tensor::simd<T>(mean), sum);
    }
    return static_cast<double>(tensor::horizontal_sum(sum));
  }
};

template <class... O>
struct compute<layer_norm_with<O...>> : layer_norm_kernels<layer_norm_with<O...>> {};
template <>
struct compute<layer_norm> : layer_norm_kernels<layer_norm_with<>> {};

}  // namespace genet
