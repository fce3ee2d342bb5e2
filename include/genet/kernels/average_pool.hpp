#pragma once
#include "../layers/average_pool.hpp"
#include "resampling.hpp"

namespace genet::inline GENET_ISA {

template <class... O>
struct compute<average_pool<O...>> {
  static constexpr bool by_rows = true;

  template <class T, shapes In>
  static void forward(const context<T>& c) {
    means<In[0]>::template forward<T, In>(c);
  }
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    means<In[0]>::template backward<T, In, Want>(c);
  }

 private:
  static constexpr window w = average_pool<O...>::moving;
  static constexpr resampling mean(int in, int out, int kernel, int stride, int padding) {
    return {resampling::rule::mean, in, out, kernel, stride, padding};
  }
  template <shape In>
  using means = resampling_kernels<
      mean(In[1], w.places(map_size(In)).height, w.kernel.height, w.stride.height, w.padding.height),
      mean(In[2], w.places(map_size(In)).width, w.kernel.width, w.stride.width, w.padding.width)>;
};

template <>
struct compute<global_average_pool> {
  static constexpr bool by_rows = true;

  template <class T, shapes In>
  static void forward(const context<T>& c) {
    means<In[0]>::template forward<T, In>(c);
  }
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    means<In[0]>::template backward<T, In, Want>(c);
  }

 private:
  static constexpr resampling mean(int in) { return {resampling::rule::mean, in, 1, in, in, 0}; }
  template <shape In>
  using means = resampling_kernels<mean(In[1]), mean(In[2])>;
};

}  // namespace genet
