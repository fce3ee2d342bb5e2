#pragma once
#include <algorithm>

#include "../layers/embedding.hpp"
#include "../tensor/linear.hpp"
#include "integers.hpp"

namespace genet::inline GENET_ISA {

/// The gradient of the rows of a matrix of `limit` lines of `columns`: factor(k) times row k of `from`, lines of
/// `stride` elements (0: always the same), is added to line which[k]. The team shares columns, so that each sum has the
/// order of the examples.
template <class T, class F>
void add_to_lines(const context<T>& c, const std::int32_t* which, long n, const T* from, long stride, long columns,
                  int limit, T* to, const F& factor) {
  constexpr long worth_sharing = 8192;
  const long unit = tensor::round_up(worth_sharing / std::max(n, 1L) + 1, tensor::width<T>);
  c.team->divide(columns, unit, [&](long first, long count) {
    if (!c.accumulate)
      for (long i = 0; i < limit; ++i) std::fill_n(to + i * columns + first, count, T(0));
    for (long k = 0; k < n; ++k)
      tensor::add_scaled(factor(k), from + k * stride + first, to + which[k] * columns + first, count);
  });
}

template <int Width, class... O>
struct compute<embedding<Width, O...>> {
  template <class T, shapes In>
  static void forward(const context<T>& c) {
    constexpr long length = In[0][0], unit = 4096 / Width + 1;
    require_below(c, 0, length, In.limit[0], &embedding<Width, O...>::label);
    const std::int32_t* which = c.integers(0);
    c.team->divide(c.rows * length, unit, [&](long first, long count) {
      for (long k = first; k < first + count; ++k)
        std::copy_n(c.parameters[0] + which[k] * long{Width}, Width, c.result() + k * Width);
    });
  }
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    if constexpr (Want.parameters)
      add_to_lines(c, c.integers(0), c.rows * In[0][0], static_cast<const T*>(c.out_gradient), Width, Width,
                   In.limit[0], c.parameter_gradient[0], [](long) { return T(1); });
  }
};

}  // namespace genet
