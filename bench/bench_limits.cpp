// What one core of this machine can do at most: multiply-adds, and memory traffic by footprint, that of all arrays
// together. gigabytes_per_second counts what the code reads and writes.
#include <genet/tensor/memory.hpp>

#include "bandwidth.hpp"
#include "measure.hpp"

using genet::tensor::block;

namespace {

template <class T>
void multiply_add(benchmark::State& state) {
  std::vector<double> all;
  for (auto _ : state) all.push_back(bench::peak<T>());
  state.counters["gflops"] = bench::quantile(all, 0.9);
  state.counters["median_gflops"] = bench::quantile(all, 0.5);
}

/// Floats in each of `arrays`, rounded to what the loops take.
long share(const benchmark::State& state, long arrays) { return state.range(0) / 4 / arrays / 128 * 128; }

template <class F>
void traffic(benchmark::State& state, long floats, F once) {
  bench::measure(state, once);
  state.counters["gigabytes_per_second"] = 4e-3 * static_cast<double>(floats) / state.counters["p10_us"];
}

void read(benchmark::State& state) {
  const long n = share(state, 1);
  const block<float> x(n);
  traffic(state, n, [&] { bench::read_all(x.data(), n); });
}

void copy(benchmark::State& state) {
  const long n = share(state, 2);
  const block<float> from(n);
  block<float> to(n);
  traffic(state, 2 * n, [&] { bench::copy_all(to.data(), from.data(), n); });
}

void triad(benchmark::State& state) {
  const long n = share(state, 3);
  const block<float> a(n), b(n);
  block<float> to(n);
  traffic(state, 3 * n, [&] { bench::triad(to.data(), a.data(), b.data(), 0.5f, n); });
}

// First and second level, the weights of the decoder 20-512-784, third level, memory.
void footprints(benchmark::internal::Benchmark* b) {
  b->ArgName("bytes")->UseManualTime();
  for (const long bytes : {24L << 10, 512L << 10, 1'652'000L, 12L << 20, 512L << 20}) b->Arg(bytes);
}

}  // namespace

BENCHMARK(multiply_add<float>);
BENCHMARK(multiply_add<double>);
BENCHMARK(read)->Apply(footprints);
BENCHMARK(copy)->Apply(footprints);
BENCHMARK(triad)->Apply(footprints);
