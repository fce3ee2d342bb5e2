// Products of a dense layer, as a share of what the processor's multiply-adds can do at that moment. Packing of weights
// is part of a call unless it says packed.
#include <genet/tensor/matmul.hpp>

#include "products.hpp"

#include <algorithm>

using namespace genet;

namespace {

enum class product { forward, forward_packed, weight_gradient, input_gradient };

template <class T, product P>
void dense(benchmark::State& state) {
  bench::layer<T> l(state);
  const long batch = l.batch, in = l.in, out = l.out;
  tensor::block<T> panels(
      std::max({tensor::pack_size<T>(in, out), tensor::pack_size<T>(batch, in), tensor::pack_size<T>(out, in)}));
  tensor::pack(l.w.data(), in, out, 1L, in, panels.data());
  bench::measure<T>(state, l.flops(), [&] {
    if constexpr (P == product::forward || P == product::forward_packed) {
      if constexpr (P == product::forward) tensor::pack(l.w.data(), in, out, 1L, in, panels.data());
      tensor::matmul(batch, out, in, l.x.data(), in, 1L, panels.data(), l.y.data(), out, false,
                     tensor::epilogue<T>{.bias = l.bias.data()});
    } else if constexpr (P == product::weight_gradient) {
      tensor::pack(l.x.data(), batch, in, in, 1L, panels.data());
      tensor::matmul(out, in, batch, l.y.data(), 1L, out, panels.data(), l.dw.data(), in);
    } else {
      tensor::pack(l.w.data(), out, in, in, 1L, panels.data());
      tensor::matmul(batch, in, out, l.y.data(), out, 1L, panels.data(), l.dx.data(), in);
    }
  });
}

}  // namespace

BENCHMARK(dense<float, product::forward>)->Apply(bench::shapes);
BENCHMARK(dense<float, product::forward_packed>)->Apply(bench::shapes);
BENCHMARK(dense<float, product::weight_gradient>)->Apply(bench::shapes);
BENCHMARK(dense<float, product::input_gradient>)->Apply(bench::shapes);
BENCHMARK(dense<double, product::forward>)->Args({128, 784, 512})->UseManualTime();
