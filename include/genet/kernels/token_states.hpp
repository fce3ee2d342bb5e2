#pragma once
#include <algorithm>

#include "../layers/token_states.hpp"
#include "../tensor/matmul.hpp"
#include "context.hpp"

namespace genet::inline GENET_ISA {

template <int V, class... O>
struct compute<token_states<V, O...>> {
  template <class T, shapes In>
  static void forward(const context<T>& c) {
    std::copy_n(c.real(), c.rows * In[0].size(), c.result());
  }
  /// The parameters take no part.
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    const long n = c.rows * In[0].size();
    if constexpr (Want.input(0))
      for (long i = 0; i < n; ++i)
        c.in_gradient[0][i] = Want.adds(0) ? c.in_gradient[0][i] + c.out_gradient[i] : c.out_gradient[i];
    if constexpr (Want.parameters)
      if (!c.accumulate) {
        std::fill_n(c.parameter_gradient[0], tensor::pack_size<T>(In[0][1], V), T(0));
        std::fill_n(c.parameter_gradient[1], V, T(0));
      }
  }
};

}  // namespace genet
