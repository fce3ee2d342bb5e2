#pragma once
#include <algorithm>
#include <span>

#include "../layers/dropout.hpp"
#include "../random/distributions.hpp"
#include "contribute.hpp"

namespace genet::inline GENET_ISA {

template <real P>
struct compute<dropout<P>> {
  static constexpr bool by_rows = true;
  template <class T, shapes In>
  static void forward(const context<T>& c) {
    const long n = c.rows * In[0].size();
    auto x = tensor::flat(c.real(), n);
    auto y = tensor::flat(c.result(), n);
    if (c.how == mode::evaluation) {
      std::fill_n(c.saved, n, T(1));
    } else if (c.injected) {
      std::copy_n(c.injected, n, c.saved);
    } else {
      rng::keep_mask(std::span<T>(c.saved, static_cast<std::size_t>(n)), P.value(), c.noise,
                     static_cast<std::uint64_t>(c.first_row * In[0].size()));
    }
    tensor::assign(y, x * tensor::flat(c.saved, n));
  }
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    const long n = c.rows * In[0].size();
    contribute<Want, 0>(c.in_gradient[0], n, tensor::flat(c.out_gradient, n) * tensor::flat(c.saved, n));
  }
};

}  // namespace genet::inline GENET_ISA
