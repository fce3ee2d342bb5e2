// Products of a dense layer, as a share of what the processor's multiply-adds can do at that moment: windows of the
// peak loop and of the product alternate, since clocks and neighbours change. Counters: gflops, peak_gflops,
// percent_of_peak.
#include <genet/tensor/matmul.hpp>
#include <genet/tensor/memory.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <vector>

using namespace genet;

namespace {

double seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

// Multiply-adds in twelve independent chains, enough to fill any pipeline. Returns flops done in `rounds`.
template <class T> double multiply_add(long rounds) {
  tensor::simd<T> sum[12];
  tensor::simd<T> x(T(1.0000001)), y(T(1e-9));
  tensor::unroll<12>([&](auto i) __attribute__((always_inline)) { sum[i] = tensor::simd<T>(static_cast<T>(i)); });
  for (long r = 0; r < rounds; ++r)
    tensor::unroll<12>([&](auto i) __attribute__((always_inline)) { sum[i] = tensor::fma<T>(sum[i], x, y); });
  T last = 0;
  tensor::unroll<12>([&](auto i) __attribute__((always_inline)) { last += sum[i].get(0); });
  benchmark::DoNotOptimize(last);
  return 24.0 * tensor::width<T> * static_cast<double>(rounds);
}

template <class F> double rate(F&& f) {
  const double begin = seconds(), flops = f();
  return flops / (seconds() - begin) * 1e-9;
}

double upper(std::vector<double>& v) {  // 90th percentile: what a quiet moment gives
  std::sort(v.begin(), v.end());
  return v[v.size() * 9 / 10];
}

enum class product { forward, forward_packed, weight_gradient, input_gradient };

// y[batch][out] = x[batch][in] w[out][in]^T and its two gradients, weights as PyTorch keeps them.
template <class T, product P> void dense(benchmark::State& state) {
  const long batch = state.range(0), in = state.range(1), out = state.range(2);
  tensor::block<T> x(batch * in), w(out * in), y(batch * out), dw(out * in), dx(batch * in), bias(out);
  const long packed =
      std::max({tensor::pack_size<T>(in, out), tensor::pack_size<T>(batch, in), tensor::pack_size<T>(out, in)});
  tensor::block<T> panels(packed);
  for (auto* b : {&x, &w, &y})
    for (long i = 0; i < b->size(); ++i) (*b)[i] = static_cast<T>(static_cast<double>(i * 7919 % 1000) / 1000 - 0.5);
  tensor::pack(w.data(), in, out, 1L, in, panels.data());
  const double flops = 2.0 * static_cast<double>(batch * in * out);
  auto once = [&] {
    if constexpr (P == product::forward || P == product::forward_packed) {
      if constexpr (P == product::forward) tensor::pack(w.data(), in, out, 1L, in, panels.data());
      tensor::matmul(batch, out, in, x.data(), in, 1L, panels.data(), y.data(), out, false,
                     tensor::epilogue<T>{.bias = bias.data()});
      benchmark::DoNotOptimize(y.data());
    } else if constexpr (P == product::weight_gradient) {
      tensor::pack(x.data(), batch, in, in, 1L, panels.data());
      tensor::matmul(out, in, batch, y.data(), 1L, out, panels.data(), dw.data(), in);
      benchmark::DoNotOptimize(dw.data());
    } else {
      tensor::pack(w.data(), out, in, in, 1L, panels.data());
      tensor::matmul(batch, in, out, y.data(), out, 1L, panels.data(), dx.data(), in);
      benchmark::DoNotOptimize(dx.data());
    }
    benchmark::ClobberMemory();
  };
  const long repeat = std::max(1L, static_cast<long>(4e7 / flops));
  std::vector<double> peak, mine;
  for (auto _ : state) {
    peak.push_back(rate([] { return multiply_add<T>(20000); }));
    mine.push_back(rate([&] {
      for (long r = 0; r < repeat; ++r) once();
      return flops * static_cast<double>(repeat);
    }));
  }
  const double p = upper(peak), g = upper(mine);
  state.counters["gflops"] = g;
  state.counters["peak_gflops"] = p;
  state.counters["percent_of_peak"] = 100 * g / p;
}

void shapes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"batch", "in", "out"})->Iterations(100)->Unit(benchmark::kMillisecond);
  b->Args({128, 784, 512})->Args({128, 512, 784})->Args({128, 512, 40})->Args({128, 20, 512})->Args({37, 784, 512});
}

}  // namespace

BENCHMARK(dense<float, product::forward>)->Apply(shapes);
BENCHMARK(dense<float, product::forward_packed>)->Apply(shapes);
BENCHMARK(dense<float, product::weight_gradient>)->Apply(shapes);
BENCHMARK(dense<float, product::input_gradient>)->Apply(shapes);
BENCHMARK(dense<double, product::forward>)->Apply(shapes);
