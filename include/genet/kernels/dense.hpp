#pragma once
#include <type_traits>

#include "../layers/dense.hpp"
#include "../tensor/matmul.hpp"
#include "../tensor/reduce.hpp"
#include "activations.hpp"

namespace genet::inline GENET_ISA {

/// Products of a dense layer, with the activation behind it where merging found one (void: none). The weight W (N,k)
/// lies in panels, as the right operand of x W^T; so does its gradient.
template <int N, bool Bias, class Activation>
struct dense_kernels {
  static constexpr bool activated = !std::is_void_v<Activation>;
  static constexpr unsigned updates = 1;  // the weight

  template <class T, shapes In>
  static constexpr element_count workspace() {
    const long k = In[0].size();
    return {tensor::pack_size<T>(1, N), tensor::pack_size<T>(N, k)};
  }

  template <class T, shapes In>
  static void forward(const context<T>& c) {
    constexpr long k = In[0].size();
    tensor::epilogue<T> then{.bias = Bias ? c.parameters[1] : nullptr};
    if constexpr (activated) {
      constexpr bool keep_input = !Activation::from_output;
      then = tensor::activated<formula<Activation>>(then.bias, keep_input ? c.saved : nullptr, N);
    }
    tensor::matmul(c.rows, N, k, c.real(), k, 1, c.parameters[0], c.result(), N, false, then, *c.team);
  }

  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    constexpr long k = In[0].size();
    T* dz = c.out_gradient;
    if constexpr (activated) {
      const T* kept = Activation::from_output ? c.result() : c.saved;
      c.team->divide(c.rows * N, tensor::width<T>, [=](long first, long count) {
        auto d = tensor::flat(dz + first, count);
        tensor::assign(d, tensor::pull_back<formula<Activation>>(tensor::flat(kept + first, count), d));
      });
    }
    if constexpr (Want.input(0)) {  // before the weight may change
      tensor::pack_transposed(c.parameters[0], k, N, c.workspace, *c.team);
      tensor::matmul(c.rows, k, N, dz, N, 1, c.workspace, c.in_gradient[0], k, Want.adds(0), {}, *c.team);
    }
    if constexpr (Want.parameters) {
      if constexpr (Bias) tensor::column_sums(dz, c.rows, N, c.parameter_gradient[1], c.accumulate, *c.team);
      tensor::pack(dz, c.rows, N, N, 1, c.workspace, *c.team);
      const weight_update<T> then{c.update, c.parameter_place[0], k};
      tensor::matmul_to_panels(
          k, N, c.rows, c.real(), 1, k, c.workspace, c.parameter_gradient[0], c.accumulate,
          c.update ? tensor::epilogue<T>{.each = &weight_update<T>::take, .data = &then, .keep = false}
                   : tensor::epilogue<T>{},
          *c.team);
    }
  }

 private:
  /// Hands each tile of the weight's gradient on: in panels a tile is one stretch.
  template <class T>
  struct weight_update {
    const parameter_update<T>* update;
    long offset, k;

    static void take(const tensor::tile_lines<T>& tile, const void* data) {
      const auto& self = *static_cast<const weight_update*>(data);
      (*self.update)(self.offset + tile.column * self.k + tile.row * tile.stride, tile.at, tile.rows * tile.stride);
    }
  };
};

template <int N, class... O>
struct compute<dense<N, O...>> : dense_kernels<N, dense<N, O...>::has_bias, void> {};
template <int N, class... O, class Activation>
struct compute<merged_layer<dense<N, O...>, Activation>> : dense_kernels<N, dense<N, O...>::has_bias, Activation> {};

}  // namespace genet::inline GENET_ISA
