#pragma once
#include <algorithm>

#include "../layers/one_hot.hpp"
#include "integers.hpp"

namespace genet::inline GENET_ISA {

template <>
struct compute<one_hot> {
  template <class T, shapes In>
  static void forward(const context<T>& c) {
    constexpr long length = In[0][0], limit = In.limit[0];
    require_below(c, 0, length, In.limit[0], &one_hot::label);
    std::fill_n(c.result(), c.rows * length * limit, T(0));
    for (long k = 0; k < c.rows * length; ++k) c.result()[k * limit + c.integers(0)[k]] = T(1);
  }
};

}  // namespace genet
