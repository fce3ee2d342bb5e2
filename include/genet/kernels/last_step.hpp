#pragma once
#include <algorithm>

#include "../layers/last_step.hpp"
#include "integers.hpp"

namespace genet::inline GENET_ISA {

/// Beside a mask it keeps which position it was, -1 if none counts.
template <>
struct compute<last_step> {
  template <class T, shapes In>
  static void forward(const context<T>& c) {
    constexpr sequence_input in = sequence_of(In);
    if constexpr (in.masked()) require_below(c, in.mask, in.length, 2, &last_step::label);
    for (long r = 0; r < c.rows; ++r) {
      if constexpr (in.masked()) {
        long t = in.length - 1;
        while (t >= 0 && c.integers(in.mask)[r * in.length + t] == 0) --t;
        c.saved[r] = static_cast<T>(t);
      }
      T* const y = c.result() + r * in.features;
      if (const long t = position<In>(c, r); t >= 0)
        std::copy_n(c.real(in.values) + (r * in.length + t) * in.features, in.features, y);
      else
        std::fill_n(y, in.features, T(0));
    }
  }

  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    constexpr sequence_input in = sequence_of(In);
    T* const all = c.in_gradient[in.values];
    if constexpr (!Want.adds(in.values)) std::fill_n(all, c.rows * in.length * in.features, T(0));
    for (long r = 0; r < c.rows; ++r)
      if (const long t = position<In>(c, r); t >= 0) {
        T* const dx = all + (r * in.length + t) * in.features;
        for (long i = 0; i < in.features; ++i) dx[i] += c.out_gradient[r * in.features + i];
      }
  }

 private:
  template <shapes In, class T>
  static long position(const context<T>& c, long r) {
    constexpr sequence_input in = sequence_of(In);
    return in.masked() ? static_cast<long>(c.saved[r]) : in.length - 1;
  }
};

}  // namespace genet
