#pragma once
#include "../layers/rnn.hpp"
#include "recurrent.hpp"

namespace genet::inline GENET_ISA {

struct rnn_cell {
  static constexpr cell_sizes sizes = rnn_sizes;

  template <class T>
  static void forward(long n, const cell_forward<T>& c) {
    tensor::each_vector<T>(
        n, [&](long at, long count) __attribute__((always_inline)) {
          const cell_lanes<T> of{at, count};
          const auto h = formula<tanh_>::value(of(c.gates));
          of.put(c.gates, h);
          of.put(c.after, h);
        });
  }
  template <class T>
  static void backward(long n, const cell_backward<T>& c) {
    tensor::each_vector<T>(
        n, [&](long at, long count) __attribute__((always_inline)) {
          const cell_lanes<T> of{at, count};
          of.put(c.gates, (of(c.state) + of(c.dy)) * formula<tanh_>::derivative_from_output(of(c.gates)));
          of.put(c.state, tensor::lane<T>(0));
        });
  }
};

template <int H, class... O>
struct compute<rnn<H, O...>> : recurrent_kernels<rnn<H, O...>, rnn_cell> {};

}  // namespace genet

#ifdef GENET_COMPILED_KERNELS
#include "../compiled/recurrent.hpp"
#endif
