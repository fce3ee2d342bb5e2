#pragma once
// The products of a dense layer, y[batch][out] = x[batch][in] w[out][in]^T + b and its two gradients, in the shapes
// of the nets that people train. What bench_matmul measures, and what its peers measure.
#include <genet/tensor/memory.hpp>

#include "measure.hpp"

namespace bench {

/// Operands of a layer, weights and their gradient as large as any layout of them needs.
template <class T>
struct layer {
  long batch, in, out;
  genet::tensor::block<T> x{batch * in}, w{in * out}, y{batch * out}, dw{in * out}, dx{batch * in}, bias{out};

  explicit layer(const benchmark::State& state) : batch(state.range(0)), in(state.range(1)), out(state.range(2)) {
    for (auto* b : {&x, &w, &y})
      for (long i = 0; i < b->size(); ++i)
        (*b)[i] = static_cast<T>(static_cast<double>(i * 7919 % 1000) / 1000 - 0.5);
  }
  double flops() const { return 2.0 * static_cast<double>(batch * in * out); }
};

/// Big layers, odd batches, narrow layers, a recurrent layer's.
inline void shapes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"batch", "in", "out"})->UseManualTime();
  for (const auto& shape : std::vector<std::vector<std::int64_t>>{{128, 784, 512},
                                                                  {128, 512, 784},
                                                                  {128, 512, 256},
                                                                  {100, 784, 512},
                                                                  {37, 784, 512},
                                                                  {128, 20, 512},
                                                                  {128, 512, 20},
                                                                  {128, 512, 40},
                                                                  {64, 32, 128},
                                                                  {64, 64, 256}})
    b->Args(shape);
}

}  // namespace bench
