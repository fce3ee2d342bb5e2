#pragma once
#include <utility>

#include "../declare/composition.hpp"
#include "../layers/add.hpp"
#include "contribute.hpp"

namespace genet::inline GENET_ISA {

template <>
struct compute<add> {
  static constexpr bool by_rows = true;
  template <class T, shapes In>
  static void forward(const context<T>& c) {
    const long n = c.rows * In[0].size();
    auto y = tensor::flat(c.result(), n);
    auto x = [&](int i) { return tensor::flat(c.real(i), n); };
    if constexpr (In.n == 1) tensor::assign(y, x(0));
    else tensor::assign(y, x(0) + x(1));
    for (int i = 2; i < In.n; ++i) tensor::assign(y, y + x(i));
  }
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    const long n = c.rows * In[0].size();
    [&]<int... I>(std::integer_sequence<int, I...>) {
      (
          [&] {
            if constexpr (Want.input(I))
              contribute<Want, I>(c.in_gradient[I], n, tensor::flat(c.out_gradient, n));
          }(),
          ...);
    }(std::make_integer_sequence<int, In.n>{});
  }
};

/// The addition at the end of a residual.
template <class... L>
struct compute<residual<L...>> : compute<add> {};

}  // namespace genet
