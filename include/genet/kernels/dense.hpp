#pragma once
#include "../layers/dense.hpp"
#include "../tensor/reduce.hpp"
#include "activations.hpp"
#include "product_epilogue.hpp"

namespace genet::inline GENET_ISA {

/// Products of a dense layer, with the element-wise layers behind it that merging found. The weight W (N,k) lies in
/// panels, as the right operand of x W^T; so does its gradient.
template <int N, bool Bias, class... Then>
struct dense_kernels {
  using behind = epilogue_run<Then...>;
  static constexpr unsigned updates = 1;  // the weight

  template <class T, shapes In>
  static constexpr element_count workspace() {
    const long k = In[0].size();
    return {tensor::pack_size<T>(1, N), tensor::pack_size<T>(N, k)};
  }

  template <class T, shapes In>
  static void forward(const context<T>& c) {
    constexpr long k = In[0].size();
    const product_epilogue<behind, T> e(c, c.rows * N, N, Bias ? c.parameters[1] : nullptr);
    tensor::matmul(c.rows, N, k, c.real(), k, 1, c.parameters[0], c.result(), N, false, *e, *c.team);
  }

  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    constexpr long k = In[0].size();
    T* dz = c.out_gradient;
    behind::pull_back_all(c, c.rows * N);
    if constexpr (Want.input(0)) {  // before the weight may change
      tensor::matmul_transposed(c.rows, k, N, dz, N, 1, c.parameters[0], c.in_gradient[0], k, Want.adds(0),
                                c.workspace, *c.team);
    }
    if constexpr (Want.parameters) {
      if constexpr (Bias) tensor::column_sums(dz, c.rows, N, c.parameter_gradient[1], c.accumulate, *c.team);
      tensor::pack(dz, c.rows, N, N, 1, c.workspace, *c.team);
      const bool by_tile = c.update && c.rows <= tensor::inner_block;
      const weight_update<T> then{c.update, c.parameter_place[0], k};
      tensor::matmul_to_panels(
          k, N, c.rows, c.real(), 1, k, c.workspace, c.parameter_gradient[0], c.accumulate,
          by_tile ? tensor::epilogue<T>{.each = &weight_update<T>::take, .data = &then, .keep = false}
                  : tensor::epilogue<T>{},
          *c.team);
      if (c.update && !by_tile)
        c.team->divide(tensor::pack_size<T>(k, N), 4096, [&](long first, long count) {
          (*c.update)(c.parameter_place[0] + first, c.parameter_gradient[0] + first, count);
        });
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
struct compute<dense<N, O...>> : dense_kernels<N, dense<N, O...>::has_bias> {};
template <int N, class... O, class... Then>
struct compute<merged_layer<dense<N, O...>, Then...>> : dense_kernels<N, dense<N, O...>::has_bias, Then...> {};

}  // namespace genet
