#pragma once
#include <algorithm>

#include "../layers/with_label.hpp"
#include "contribute.hpp"
#include "embedding.hpp"
#include "one_hot.hpp"
#include "reordered.hpp"

namespace genet::inline GENET_ISA {

template <int Classes>
struct compute<labels_beside::joined<Classes>> {
  static constexpr bool by_rows = true;

  template <class T, shapes In>
  static void forward(const context<T>& c) {
    constexpr sizes<In> n;
    for (long r = 0; r < c.rows; ++r)
      for (long p = 0; p < n.pixels; ++p) {
        T* y = c.result() + (r * n.pixels + p) * n.both();
        std::copy_n(c.real(0) + (r * n.pixels + p) * n.features, n.features, y);
        std::copy_n(c.real(1) + r * n.code, n.code, y + n.features);
      }
  }
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    constexpr sizes<In> n;
    for (long r = 0; r < c.rows; ++r) {
      const T* dy = c.out_gradient + r * n.pixels * n.both();
      if constexpr (Want.input(0))
        for (long p = 0; p < n.pixels; ++p) {
          T* dx = c.in_gradient[0] + (r * n.pixels + p) * n.features;
          for (long i = 0; i < n.features; ++i)
            dx[i] = Want.adds(0) ? dx[i] + dy[p * n.both() + i] : dy[p * n.both() + i];
        }
      if constexpr (Want.input(1)) {
        T* sum = c.in_gradient[1] + r * n.code;
        if constexpr (!Want.adds(1)) std::fill_n(sum, n.code, T(0));
        for (long p = 0; p < n.pixels; ++p)
          for (long i = 0; i < n.code; ++i) sum[i] += dy[p * n.both() + n.features + i];
      }
    }
  }

 private:
  template <shapes In>
  struct sizes {
    long features = In[0][0], pixels = In[0].size() / In[0][0], code = In[1][0];
    constexpr long both() const { return features + code; }
  };
};

}  // namespace genet
