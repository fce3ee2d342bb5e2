#pragma once
#include <algorithm>
#include <limits>

#include "../layers/max_over_time.hpp"
#include "../tensor/simd.hpp"
#include "integers.hpp"

namespace genet::inline GENET_ISA {

/// Kept: the position of each feature's largest value, -1 where none counts.
template <>
struct compute<max_over_time> {
  template <class T, shapes In>
  static void forward(const context<T>& c) {
    constexpr sequence_input in = sequence_of(In);
    if constexpr (in.masked()) require_below(c, in.mask, in.length, 2, &max_over_time::label);
    each_example<In>(c, [&](long r) {
      const T* const x = c.real(in.values) + r * in.length * in.features;
      tensor::each_vector<T>(
          in.features, [&](long i, long count) __attribute__((always_inline)) {
            number<T> most(-std::numeric_limits<T>::infinity()), which(T(-1));
            for (long t = 0; t < in.length; ++t) {
              if constexpr (in.masked())
                if (c.integers(in.mask)[r * in.length + t] == 0) continue;
              const auto v = tensor::load_partial(x + t * in.features + i, count);
              // a NaN stays; the first one counts is taken even if it is -infinity
              const auto better = (v > most) | xsimd::isnan(v) | (which < number<T>(T(0)));
              most = xsimd::select(better, v, most);
              which = xsimd::select(better, number<T>(static_cast<T>(t)), which);
            }
            most = xsimd::select(which < number<T>(T(0)), number<T>(T(0)), most);
            tensor::store_partial(c.result() + r * in.features + i, most, count);
            tensor::store_partial(c.saved + r * in.features + i, which, count);
          });
    });
  }

  /// The same choice from other sequences.
  template <class T, shapes In>
  static void select(const context<T>& c) {
    constexpr sequence_input in = sequence_of(In);
    each_example<In>(c, [&](long r) {
      const T* const x = c.real(in.values) + r * in.length * in.features;
      for (long i = 0; i < in.features; ++i) {
        const long at = r * in.features + i, t = static_cast<long>(c.saved[at]);
        c.result()[at] = t >= 0 ? x[t * in.features + i] : T(0);
      }
    });
  }

  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    constexpr sequence_input in = sequence_of(In);
    each_example<In>(c, [&](long r) {
      T* const dx = c.in_gradient[in.values] + r * in.length * in.features;
      if constexpr (!Want.adds(in.values)) std::fill_n(dx, in.length * in.features, T(0));
      for (long i = r * in.features; i < (r + 1) * in.features; ++i)
        if (const long t = static_cast<long>(c.saved[i]); t >= 0)
          dx[t * in.features + i - r * in.features] += c.out_gradient[i];
    });
  }

 private:
  template <class T>
  using number = tensor::simd<T>;

  template <shapes In, class T, class F>
  static void each_example(const context<T>& c, const F& f) {
    constexpr long size = In[sequence_of(In).values].size();
    c.team->divide(c.rows, 8192 / size + 1, [&](long first, long count) {
      for (long r = first; r < first + count; ++r) f(r);
    });
  }
};

}  // namespace genet
