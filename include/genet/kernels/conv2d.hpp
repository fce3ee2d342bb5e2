#pragma once
#include "../layers/conv2d.hpp"
#include "../tensor/convolution.hpp"
#include "../tensor/reduce.hpp"
#include "activations.hpp"
#include "product_epilogue.hpp"

namespace genet::inline GENET_ISA {

/// A sequence (positions,features) is a map of one column, channels last.
constexpr shape map_of(shape s) { return s.rank == 2 ? shape{3, {s[1], s[0], 1}} : s; }

/// A convolution by products with patches, see tensor/convolution.hpp; with the element-wise layers behind it.
template <class Layer, class... Then>
struct conv2d_kernels {
  using behind = epilogue_run<Then...>;

  template <class T, shapes In>
  static constexpr element_count workspace() {
    constexpr tensor::patches p = patches_of<In[0]>;
    const long back = p.turned_size<T>() + p.work_size<T>(), gradient = p.gradient_work_size<T>();
    return {0, std::max(back, gradient)};
  }

  template <class T, shapes In>
  static void forward(const context<T>& c) {
    constexpr tensor::patches p = patches_of<In[0]>;
    const product_epilogue<behind, T> e(c, c.rows * p.places() * p.features, p.features,
                                        Layer::has_bias ? c.parameters[1] : nullptr);
    tensor::convolve(p, c.rows, c.real(), c.parameters[0], c.result(), false, *e, c.workspace, *c.team);
  }

  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    constexpr tensor::patches p = patches_of<In[0]>;
    T* dz = c.out_gradient;
    behind::pull_back_all(c, c.rows * p.places() * p.features);
    if constexpr (Want.input(0)) {
      T *turned = c.workspace, *work = turned + p.turned_size<T>();
      const long of_group = p.filter_size<T>() / p.groups, of_turned = p.turned_size<T>() / p.groups;
      for (long g = 0; g < p.groups; ++g)
        tensor::pack_transposed(c.parameters[0] + g * of_group, p.size(), p.feature_share(), turned + g * of_turned,
                                *c.team);
      tensor::convolve_back(p, c.rows, static_cast<const T*>(dz), static_cast<const T*>(turned), c.in_gradient[0],
                            Want.adds(0), {}, work, *c.team);
    }
    if constexpr (Want.parameters) {
      if constexpr (Layer::has_bias)
        tensor::column_sums(dz, c.rows * p.places(), p.features, c.parameter_gradient[1], c.accumulate, *c.team);
      tensor::filter_gradient(p, c.rows, c.real(), static_cast<const T*>(dz), c.parameter_gradient[0], c.accumulate,
                              c.workspace, *c.team);
    }
  }

 private:
  template <shape In>
  static constexpr tensor::patches patches_of = [] {
    const shape in = map_of(In), out = map_of(Layer::infer(In).out);
    return tensor::patches{in[1], in[2], in[0], out[1], out[2], out[0], Layer::moving, Layer::groups};
  }();
};

template <int N, class... O>
struct compute<conv2d<N, O...>> : conv2d_kernels<conv2d<N, O...>> {};
template <int N, class... O, class... Then>
struct compute<merged_layer<conv2d<N, O...>, Then...>> : conv2d_kernels<conv2d<N, O...>, Then...> {};

}  // namespace genet
