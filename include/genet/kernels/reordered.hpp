#pragma once
#include "../tensor/matmul.hpp"
#include "context.hpp"

namespace genet::inline GENET_ISA {

template <reordering To>
struct compute<reordered<To>> {
  static constexpr bool by_rows = true;

  template <class T, shapes In>
  static void forward(const context<T>& c) {
    for (long r = 0; r < c.rows; ++r)
      tensor::transposed(lines<In[0]>, columns<In[0]>, c.real() + r * In[0].size(), c.result() + r * In[0].size());
  }
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    constexpr long n = columns<In[0]>, m = lines<In[0]>;
    for (long r = 0; r < c.rows; ++r) {
      const T* dy = c.out_gradient + r * In[0].size();
      T* dx = c.in_gradient[0] + r * In[0].size();
      if constexpr (Want.adds(0)) {
        for (long i = 0; i < m; ++i)
          for (long j = 0; j < n; ++j) dx[i * n + j] += dy[j * m + i];
      } else {
        tensor::transposed(n, m, dy, dx);
      }
    }
  }

 private:
  /// An example as a matrix, as it lies before: a line for each channel or for each pixel.
  template <shape S>
  static constexpr long lines = To == reordering::to_channels_last ? S[0] : S.size() / S[0];
  template <shape S>
  static constexpr long columns = S.size() / lines<S>;
};

}  // namespace genet
