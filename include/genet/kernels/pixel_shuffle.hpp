#pragma once
#include "../layers/pixel_shuffle.hpp"
#include "context.hpp"
#include "reordered.hpp"

namespace genet::inline GENET_ISA {

template <int Factor>
struct compute<pixel_shuffle<Factor>> {
  static constexpr bool by_rows = true;

  template <class T, shapes In>
  static void forward(const context<T>& c) {
    each_channel<In[0]>(c.rows, [&](long small, long large) { c.result()[large] = c.real()[small]; });
  }
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    T* dx = c.in_gradient[0];
    each_channel<In[0]>(c.rows, [&](long small, long large) {
      dx[small] = Want.adds(0) ? dx[small] + c.out_gradient[large] : c.out_gradient[large];
    });
  }

 private:
  /// f(where a number lies in the small maps, where in the large ones)
  template <shape In, class F>
  static void each_channel(long rows, const F& f) {
    constexpr long squares = Factor * Factor, channels = In[0] / squares, width = In[2];
    for (long line = 0; line < rows * In[1]; ++line)  // of all examples
      for (long x = 0; x < width; ++x)
        for (long i = 0; i < squares; ++i) {
          const long small = (line * width + x) * In[0] + i;
          const long large = (((line * Factor + i / Factor) * width + x) * Factor + i % Factor) * channels;
          for (long k = 0; k < channels; ++k) f(small + k * squares, large + k);
        }
  }
};

}  // namespace genet
