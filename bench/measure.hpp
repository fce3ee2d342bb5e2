#pragma once
// How the benchmarks measure. Clocks and neighbours change within seconds, so windows of the code in question alternate
// with short windows of multiply-adds, the peak of one core at that moment. Quoted are the 10th percentile of the times
// and the 90th of the peak: what both give in a quiet moment. Counters: p10_us and median_us of one call, and where
// the flops are known gflops, peak_gflops, percent_of_peak.
#include <genet/tensor/simd.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <ctime>
#include <vector>

namespace bench {

/// One thread is measured by the processor time of the whole process, which no helper thread escapes and which waits
/// for no neighbour; several threads by the wall.
enum class timer { processor, wall };

inline double seconds(timer by) {
  timespec t{};
  clock_gettime(by == timer::processor ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

/// GFLOP/s of multiply-adds in twelve independent chains, enough to fill any pipeline.
template <class T>
double peak() {
  using namespace genet;
  constexpr long rounds = 30'000;
  tensor::simd<T> sum[12];
  const tensor::simd<T> x(T(1.0000001)), y(T(1e-9));
  tensor::unroll<12>([&](auto i) __attribute__((always_inline)) { sum[i] = tensor::simd<T>(static_cast<T>(i)); });
  const double begin = seconds(timer::processor);
  for (long r = 0; r < rounds; ++r)
    tensor::unroll<12>([&](auto i) __attribute__((always_inline)) { sum[i] = tensor::fma<T>(sum[i], x, y); });
  const double spent = seconds(timer::processor) - begin;
  T last = 0;
  tensor::unroll<12>([&](auto i) __attribute__((always_inline)) { last += sum[i].get(0); });
  benchmark::DoNotOptimize(last);
  return 24.0 * tensor::width<T> * rounds / spent * 1e-9;
}

inline double quantile(std::vector<double> v, double q) {
  std::sort(v.begin(), v.end());
  return v[static_cast<std::size_t>(q * static_cast<double>(v.size() - 1) + 0.5)];
}

/// Times of calls, each followed by a window of the peak.
template <class T = float>
class times {
 public:
  void add(double seconds_per_call) {
    calls_.push_back(seconds_per_call);
    peaks_.push_back(peak<T>());
  }
  void report(benchmark::State& state, double flops = 0) const {
    const double quiet = quantile(calls_, 0.1);
    state.counters["p10_us"] = 1e6 * quiet;
    state.counters["median_us"] = 1e6 * quantile(calls_, 0.5);
    if (flops == 0) return;
    const double rate = 1e-9 * flops / quiet, best = quantile(peaks_, 0.9);
    state.counters["gflops"] = rate;
    state.counters["peak_gflops"] = best;
    state.counters["percent_of_peak"] = 100 * rate / best;
  }

 private:
  std::vector<double> calls_, peaks_;
};

/// Calls `once` in windows of at least 0.3 ms, and reports. To be used with manual time.
template <class T = float, class F>
void measure(benchmark::State& state, double flops, F&& once, timer by = timer::processor) {
  const auto window = [&](long calls) {
    const double begin = seconds(by);
    for (long i = 0; i < calls; ++i) {
      once();
      benchmark::ClobberMemory();
    }
    return seconds(by) - begin;
  };
  window(1);
  const long calls = std::max(1L, static_cast<long>(3e-4 / window(1)));
  window(calls);
  times<T> all;
  for (auto _ : state) {
    const double spent = window(calls);
    state.SetIterationTime(spent);
    all.add(spent / static_cast<double>(calls));
  }
  all.report(state, flops);
}

}  // namespace bench
