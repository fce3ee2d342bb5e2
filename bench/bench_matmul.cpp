// Products of a dense layer, as a share of what the processor's multiply-adds can do at that moment. Weights and
// their gradients lie in panels, as models keep them; whatever else has to be packed is packed in each call.
// forward_from_rows packs the weights too.
#include <genet/tensor/matmul.hpp>

#include "products.hpp"

#include <algorithm>

using namespace genet;

namespace {

enum class product { forward, forward_from_rows, weight_gradient, input_gradient };

template <class T, product P>
void dense(benchmark::State& state) {
  bench::layer<T> l(state);
  const long batch = l.batch, in = l.in, out = l.out;
  tensor::block<T> weights(tensor::pack_size<T>(in, out)), gradient(weights.size()),
      panels(std::max(tensor::pack_size<T>(batch, out), tensor::pack_size<T>(out, in)));
  tensor::pack(l.w.data(), in, out, 1L, in, weights.data());
  bench::measure<T>(state, l.flops(), [&] {
    if constexpr (P == product::forward || P == product::forward_from_rows) {
      if constexpr (P == product::forward_from_rows) tensor::pack(l.w.data(), in, out, 1L, in, weights.data());
      tensor::matmul(batch, out, in, l.x.data(), in, 1L, weights.data(), l.y.data(), out, false,
                     tensor::epilogue<T>{.bias = l.bias.data()});
    } else if constexpr (P == product::weight_gradient) {
      tensor::pack(l.y.data(), batch, out, out, 1L, panels.data());
      tensor::matmul_to_panels(in, out, batch, l.x.data(), 1L, in, panels.data(), gradient.data());
    } else {
      tensor::pack_transposed(weights.data(), in, out, panels.data());
      tensor::matmul(batch, in, out, l.y.data(), out, 1L, panels.data(), l.dx.data(), in);
    }
  });
}

}  // namespace

BENCHMARK(dense<float, product::forward>)->Apply(bench::shapes);
BENCHMARK(dense<float, product::forward_from_rows>)->Apply(bench::shapes);
BENCHMARK(dense<float, product::weight_gradient>)->Apply(bench::shapes);
BENCHMARK(dense<float, product::input_gradient>)->Apply(bench::shapes);
BENCHMARK(dense<double, product::forward>)->Args({128, 784, 512})->UseManualTime();
