#pragma once
#include "../layers/lstm.hpp"
#include "recurrent.hpp"

namespace genet::inline GENET_ISA {

/// Keeps tanh of the inner state. The state is h, then the inner one.
struct lstm_cell {
  static constexpr cell_sizes sizes = lstm_sizes;

  template <class T>
  static void forward(long n, const cell_forward<T>& c) {
    tensor::each_vector<T>(
        n, [&](long at, long count) __attribute__((always_inline)) {
          const cell_lanes<T> of{at, count};
          const auto i = formula<sigmoid>::value(of(c.gates)), f = formula<sigmoid>::value(of(c.gates + n)),
                     g = formula<tanh_>::value(of(c.gates + 2 * n)), o = formula<sigmoid>::value(of(c.gates + 3 * n));
          const auto inner = fma(f, of(c.before + n), i * g), shown = formula<tanh_>::value(inner);
          of.put(c.gates, i);
          of.put(c.gates + n, f);
          of.put(c.gates + 2 * n, g);
          of.put(c.gates + 3 * n, o);
          of.put(c.kept, shown);
          of.put(c.after + n, inner);
          of.put(c.after, o * shown);
        });
  }
  template <class T>
  static void backward(long n, const cell_backward<T>& c) {
    tensor::each_vector<T>(
        n, [&](long at, long count) __attribute__((always_inline)) {
          const cell_lanes<T> of{at, count};
          const auto i = of(c.gates), f = of(c.gates + n), g = of(c.gates + 2 * n), o = of(c.gates + 3 * n);
          const auto shown = of(c.kept), dh = of(c.state) + of(c.dy);
          const auto inner = fma(dh * o, 1 - shown * shown, of(c.state + n));
          of.put(c.gates, inner * g * i * (1 - i));
          of.put(c.gates + n, inner * of(c.before + n) * f * (1 - f));
          of.put(c.gates + 2 * n, inner * i * (1 - g * g));
          of.put(c.gates + 3 * n, dh * shown * o * (1 - o));
          of.put(c.state, tensor::lane<T>(0));
          of.put(c.state + n, inner * f);
        });
  }
};

template <int H, class... O>
struct compute<lstm<H, O...>> : recurrent_kernels<lstm<H, O...>, lstm_cell> {};

}  // namespace genet

#ifdef GENET_COMPILED_KERNELS
#include "../compiled/recurrent.hpp"
#endif
