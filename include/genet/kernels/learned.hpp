#pragma once
#include <algorithm>

#include "../layers/learned.hpp"
#include "../tensor/reduce.hpp"
#include "context.hpp"

namespace genet::inline GENET_ISA {

template <int N, fixed_string Parameter>
struct compute<learned<N, Parameter>> {
  static constexpr bool by_rows = true;
  template <class T, shapes In>
  static void forward(const context<T>& c) {
    for (long r = 0; r < c.rows; ++r) std::copy_n(c.parameters[0], N, c.result() + r * N);
  }
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    if constexpr (Want.parameters)
      tensor::column_sums(c.out_gradient, c.rows, N, c.parameter_gradient[0], c.accumulate, *c.team);
    if constexpr (Want.write != 0)  // nothing flows back to the input
      for (int i = 0; i < In.n; ++i)
        if (Want.write >> i & 1U)
          std::fill_n(c.in_gradient[static_cast<std::size_t>(i)], c.rows * In[i].size(), T(0));
  }
};

}  // namespace genet
