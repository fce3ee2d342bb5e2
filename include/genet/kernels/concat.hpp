#pragma once
#include <algorithm>
#include <utility>

#include "../layers/concat.hpp"
#include "contribute.hpp"

namespace genet::inline GENET_ISA {

template <>
struct compute<concat> {
  static constexpr bool by_rows = true;
  template <shapes In>
  static constexpr long width = [] {
    long n = 0;
    for (int i = 0; i < In.n; ++i) n += In[i].size();
    return n;
  }();

  template <class T, shapes In>
  static void forward(const context<T>& c) {
    long at = 0;
    for (int i = 0; i < In.n; ++i) {
      const long n = In[i].size();
      for (long r = 0; r < c.rows; ++r) std::copy_n(c.real(i) + r * n, n, c.result() + r * width<In> + at);
      at += n;
    }
  }
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    long at = 0;
    [&]<int... I>(std::integer_sequence<int, I...>) {
      (
          [&] {
            constexpr long n = In[I].size();
            if constexpr (Want.input(I))
              for (long r = 0; r < c.rows; ++r) {
                const T* from = c.out_gradient + r * width<In> + at;
                T* to = c.in_gradient[I] + r * n;
                if constexpr (Want.adds(I)) std::transform(to, to + n, from, to, [](T a, T b) { return a + b; });
                else std::copy_n(from, n, to);
              }
            at += n;
          }(),
          ...);
    }(std::make_integer_sequence<int, In.n>{});
  }
};

}  // namespace genet
