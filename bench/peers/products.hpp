#pragma once
// The products of bench_matmul by another library, whose `product(m, n, k, a, a_transposed, b, b_transposed, c)` is
// c[m][n] = a b, all row-major, a transposed operand stored the other way round. Weights are tried in both layouts,
// [out][in] and [in][out].
#include "../products.hpp"

namespace bench {

enum class layout { out_in, in_out };

template <auto Product, layout Weights>
void forward(benchmark::State& state) {
  layer<float> l(state);
  measure(state, l.flops(), [&] {
    Product(l.batch, l.out, l.in, l.x.data(), false, l.w.data(), Weights == layout::out_in, l.y.data());
  });
}

template <auto Product, layout Weights>
void weight_gradient(benchmark::State& state) {
  layer<float> l(state);
  measure(state, l.flops(), [&] {
    if constexpr (Weights == layout::out_in)
      Product(l.out, l.in, l.batch, l.y.data(), true, l.x.data(), false, l.dw.data());
    else
      Product(l.in, l.out, l.batch, l.x.data(), true, l.y.data(), false, l.dw.data());
  });
}

template <auto Product, layout Weights>
void input_gradient(benchmark::State& state) {
  layer<float> l(state);
  measure(state, l.flops(), [&] {
    Product(l.batch, l.in, l.out, l.y.data(), false, l.w.data(), Weights == layout::in_out, l.dx.data());
  });
}

/// All of them, as forward/out_in and so on.
template <auto Product>
int add_products() {
  const auto add = [](const char* name, auto function) {
    benchmark::RegisterBenchmark(name, function)->Apply(shapes);
  };
  add("forward/out_in", forward<Product, layout::out_in>);
  add("forward/in_out", forward<Product, layout::in_out>);
  add("weight_gradient/out_in", weight_gradient<Product, layout::out_in>);
  add("weight_gradient/in_out", weight_gradient<Product, layout::in_out>);
  add("input_gradient/out_in", input_gradient<Product, layout::out_in>);
  add("input_gradient/in_out", input_gradient<Product, layout::in_out>);
  return 0;
}

}  // namespace bench
