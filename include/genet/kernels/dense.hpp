#pragma once
#include <algorithm>
#include <type_traits>

#include "../layers/dense.hpp"
#include "../tensor/matmul.hpp"
#include "../tensor/reduce.hpp"
#include "activations.hpp"

namespace genet::inline GENET_ISA {

/// Products of a dense layer, with the activation behind it where merging found one (void: none).
template <int N, bool Bias, class Activation>
struct dense_kernels {
  static constexpr bool activated = !std::is_void_v<Activation>;

  template <class T, shapes In>
  static constexpr element_count workspace() {
    const long k = In[0].size();
    const long weights = std::max(tensor::pack_size<T>(k, N), tensor::pack_size<T>(N, k));
    return {tensor::pack_size<T>(1, k), weights};
  }

  template <class T, shapes In>
  static void forward(const context<T>& c) {
    constexpr long k = In[0].size();
    const T* weight = c.parameters[0];
    tensor::pack(weight, k, N, 1, k, c.workspace);
    tensor::epilogue<T> then{.bias = Bias ? c.parameters[1] : nullptr};
    if constexpr (activated) {
      constexpr bool keep_input = !Activation::from_output;
      then = tensor::activated<formula<Activation>>(then.bias, keep_input ? c.saved : nullptr, N);
    }
    tensor::matmul(c.rows, N, k, c.real(), k, 1, c.workspace, c.result(), N, false, then);
  }

  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    constexpr long k = In[0].size();
    T* dz = c.out_gradient;
    if constexpr (activated) {
      const long n = c.rows * N;
      const T* kept = Activation::from_output ? c.result() : c.saved;
      auto d = tensor::flat(dz, n);
      tensor::assign(d, tensor::pull_back<formula<Activation>>(tensor::flat(kept, n), d));
    }
    if constexpr (Want.parameters) {
      tensor::pack(c.real(), c.rows, k, k, 1, c.workspace);
      tensor::matmul(N, k, c.rows, dz, 1, N, c.workspace, c.parameter_gradient[0], k, c.accumulate);
      if constexpr (Bias) tensor::column_sums(dz, c.rows, N, c.parameter_gradient[1], c.accumulate);
    }
    if constexpr (Want.input(0)) {
      tensor::pack(c.parameters[0], N, k, k, 1, c.workspace);
      tensor::matmul(c.rows, k, N, dz, N, 1, c.workspace, c.in_gradient[0], k, Want.adds(0));
    }
  }
};

template <int N, class... O>
struct compute<dense<N, O...>> : dense_kernels<N, dense<N, O...>::has_bias, void> {};
template <int N, class... O, class Activation>
struct compute<merged_layer<dense<N, O...>, Activation>> : dense_kernels<N, dense<N, O...>::has_bias, Activation> {};

}  // namespace genet
