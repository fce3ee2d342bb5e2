#pragma once
#include "../layers/conv_transpose2d.hpp"
#include "../tensor/convolution.hpp"
#include "../tensor/reduce.hpp"
#include "activations.hpp"
#include "product_epilogue.hpp"

namespace genet::inline GENET_ISA {

/// The products of a convolution from the layer's output to its input, with their roles exchanged; with the
/// element-wise layers behind it. The weight lies as the forward product reads it: turned.
template <class Layer, class... Then>
struct conv_transpose2d_kernels {
  using behind = epilogue_run<Then...>;

  template <class T, shapes In>
  static constexpr element_count workspace() {
    constexpr tensor::patches p = patches_of<In[0]>;
    return {0, p.filter_size<T>() + std::max(p.work_size<T>(), p.gradient_work_size<T>())};
  }

  template <class T, shapes In>
  static void forward(const context<T>& c) {
    constexpr tensor::patches p = patches_of<In[0]>;
    const product_epilogue<behind, T> e(c, c.rows * p.pixels() * p.channels, p.channels,
                                        Layer::has_bias ? c.parameters[1] : nullptr);
    tensor::convolve_back(p, c.rows, c.real(), c.parameters[0], c.result(), false, *e, c.workspace, *c.team);
  }

  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    constexpr tensor::patches p = patches_of<In[0]>;
    T* dz = c.out_gradient;
    behind::pull_back_all(c, c.rows * p.pixels() * p.channels);
    T *filters = c.workspace, *work = filters + p.filter_size<T>();
    const long of_group = p.filter_size<T>() / p.groups, of_turned = p.turned_size<T>() / p.groups;
    const auto unturned = [&](const T* from) {
      for (long g = 0; g < p.groups; ++g)
        tensor::pack_transposed(from + g * of_turned, p.feature_share(), p.size(), filters + g * of_group, *c.team);
    };
    if constexpr (Want.input(0)) {
      unturned(c.parameters[0]);
      tensor::convolve(p, c.rows, static_cast<const T*>(dz), static_cast<const T*>(filters), c.in_gradient[0],
                       Want.adds(0), {}, work, *c.team);
    }
    if constexpr (Want.parameters) {
      if constexpr (Layer::has_bias)
        tensor::column_sums(dz, c.rows * p.pixels(), p.channels, c.parameter_gradient[1], c.accumulate, *c.team);
      if (c.accumulate) unturned(c.parameter_gradient[0]);
      tensor::filter_gradient(p, c.rows, static_cast<const T*>(dz), c.real(), filters, c.accumulate, work, *c.team);
      for (long g = 0; g < p.groups; ++g)
        tensor::pack_transposed(static_cast<const T*>(filters) + g * of_group, p.size(), p.feature_share(),
                                c.parameter_gradient[0] + g * of_turned, *c.team);
    }
  }

 private:
  template <shape In>
  static constexpr tensor::patches patches_of = [] {
    const shape out = Layer::infer(In).out;
    return tensor::patches{out[1], out[2], out[0], In[1], In[2], In[0], Layer::moving, Layer::groups};
  }();
};

template <int N, class... O>
struct compute<conv_transpose2d<N, O...>> : conv_transpose2d_kernels<conv_transpose2d<N, O...>> {};
template <int N, class... O, class... Then>
struct compute<merged_layer<conv_transpose2d<N, O...>, Then...>>
    : conv_transpose2d_kernels<conv_transpose2d<N, O...>, Then...> {};

}  // namespace genet
