#pragma once
#include "../layers/dense.hpp"
#include "../tensor/reduce.hpp"
#include "activations.hpp"
#include "product_epilogue.hpp"

namespace genet::inline GENET_ISA {

/// Products of a dense layer, with the element-wise layers behind it that merging found. The weight W (n,k) lies in
/// panels, as the right operand of x W^T; so does its gradient. Sizes are arguments, so that layers of all widths share
/// this code.
template <class... Then>
struct dense_products {
  using behind = epilogue_run<Then...>;

  template <class T>
  static void forward(const context<T>& c, long n, long k);
  template <class T>
  static void backward(const context<T>& c, long n, long k, wants want);

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

template <class... Then>
template <class T>
void dense_products<Then...>::forward(const context<T>& c, long n, long k) {
  const product_epilogue<behind, T> e(c, c.rows * n, n, c.parameters[1]);
  tensor::matmul(c.rows, n, k, c.real(), k, 1, c.parameters[0], c.result(), n, false, *e, *c.team);
}

template <class... Then>
template <class T>
void dense_products<Then...>::backward(const context<T>& c, long n, long k, wants want) {
  T* const dz = c.out_gradient;
  behind::pull_back_all(c, c.rows * n);
  if (want.input(0))  // before the weight may change
    tensor::matmul_transposed(c.rows, k, n, dz, n, 1, c.parameters[0], c.in_gradient[0], k, want.adds(0), c.workspace,
                              *c.team);
  if (!want.parameters) return;
  if (c.parameter_gradient[1])
    tensor::column_sums(dz, c.rows, n, c.parameter_gradient[1], c.accumulate, *c.team);
  tensor::pack(dz, c.rows, n, n, 1, c.workspace, *c.team);
  const bool by_tile = c.update && c.rows <= tensor::inner_block;
  const weight_update<T> then{c.update, c.parameter_place[0], k};
  tensor::matmul_to_panels(k, n, c.rows, c.real(), 1, k, c.workspace, c.parameter_gradient[0], c.accumulate,
                           by_tile ? tensor::epilogue<T>{.each = &weight_update<T>::take, .data = &then, .keep = false}
                                   : tensor::epilogue<T>{},
                           *c.team);
  if (c.update && !by_tile)
    c.team->divide(tensor::pack_size<T>(k, n), 4096, [&](long first, long count) {
      (*c.update)(c.parameter_place[0] + first, c.parameter_gradient[0] + first, count);
    });
}

/// A dense layer of N outputs. Without a bias the places of the second parameter are null.
template <int N, class... Then>
struct dense_kernels {
  static constexpr unsigned updates = 1;  // the weight

  template <class T, shapes In>
  static constexpr element_count workspace() {
    return {tensor::pack_size<T>(1, N), tensor::pack_size<T>(N, In[0].size())};
  }
  template <class T, shapes In>
  static void forward(const context<T>& c) {
    dense_products<Then...>::forward(c, N, In[0].size());
  }
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    dense_products<Then...>::backward(c, N, In[0].size(), Want);
  }
};

template <int N, class... O>
struct compute<dense<N, O...>> : dense_kernels<N> {};
template <int N, class... O, class... Then>
struct compute<merged_layer<dense<N, O...>, Then...>> : dense_kernels<N, Then...> {};

}  // namespace genet

#ifdef GENET_COMPILED_KERNELS
#include "../compiled/dense.hpp"
#endif
