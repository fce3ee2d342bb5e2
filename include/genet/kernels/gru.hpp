#pragma once
#include "../layers/gru.hpp"
#include "recurrent.hpp"

namespace genet::inline GENET_ISA {

/// Keeps what the reset gate lets through.
struct gru_cell {
  static constexpr cell_sizes sizes = gru_sizes;

  template <class T>
  static void forward(long n, const cell_forward<T>& c) {
    tensor::each_vector<T>(
        n, [&](long at, long count) __attribute__((always_inline)) {
          const cell_lanes<T> of{at, count};
          const auto r = formula<sigmoid>::value(of(c.gates) + of(c.apart)),
                     z = formula<sigmoid>::value(of(c.gates + n) + of(c.apart + n)), past = of(c.apart + 2 * n),
                     fresh = formula<tanh_>::value(fma(r, past, of(c.gates + 2 * n)));
          of.put(c.gates, r);
          of.put(c.gates + n, z);
          of.put(c.gates + 2 * n, fresh);
          of.put(c.kept, past);
          of.put(c.after, fma(z, of(c.before) - fresh, fresh));
        });
  }
  template <class T>
  static void backward(long n, const cell_backward<T>& c) {
    tensor::each_vector<T>(
        n, [&](long at, long count) __attribute__((always_inline)) {
          const cell_lanes<T> of{at, count};
          const auto r = of(c.gates), z = of(c.gates + n), fresh = of(c.gates + 2 * n);
          const auto dh = of(c.state) + of(c.dy), sum = dh * (1 - z) * (1 - fresh * fresh);
          const auto dr = sum * of(c.kept) * r * (1 - r), dz = dh * (of(c.before) - fresh) * z * (1 - z);
          of.put(c.gates, dr);
          of.put(c.apart, dr);
          of.put(c.gates + n, dz);
          of.put(c.apart + n, dz);
          of.put(c.gates + 2 * n, sum);
          of.put(c.apart + 2 * n, sum * r);
          of.put(c.state, dh * z);
        });
  }
};

template <int H, class... O>
struct compute<gru<H, O...>> : recurrent_kernels<gru<H, O...>, gru_cell> {};

}  // namespace genet

#ifdef GENET_COMPILED_KERNELS
#include "../compiled/recurrent.hpp"
#endif
