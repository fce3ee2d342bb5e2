#pragma once
// How the benchmarks measure. Clocks and neighbours change within seconds, so windows of the code in question
// alternate with short windows of multiply-adds, the peak of one core at that moment. Quoted are the 10th percentile
// of the times and the 90th of the peak: what both give in a quiet moment. Counters: p10_us and median_us of one
// call, and beside the peak gflops, peak_gflops, percent_of_peak.
#include <genet/tensor/simd.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <ctime>
#include <string>
#include <utility>
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

/// Something to time: a window of it is as many calls as take 0.3 ms, at least one.
template <class F>
class window {
 public:
  explicit window(F once, timer by = timer::processor) : once_(std::move(once)), by_(by) {
    run(1);  // memory is touched, code is there
    calls_ = std::max(1L, static_cast<long>(3e-4 / run(1)));
    run(calls_);
  }
  /// Seconds that one window takes.
  double run() { return run(calls_); }
  double calls() const { return static_cast<double>(calls_); }

 private:
  double run(long calls) {
    const double begin = seconds(by_);
    for (long i = 0; i < calls; ++i) {
      once_();
      benchmark::ClobberMemory();
    }
    return seconds(by_) - begin;
  }

  F once_;
  timer by_;
  long calls_ = 1;
};

/// Seconds of each call, and what was measured beside it.
struct series {
  std::vector<double> calls, beside;
};

inline void report(benchmark::State& state, const series& s) {
  state.counters["p10_us"] = 1e6 * quantile(s.calls, 0.1);
  state.counters["median_us"] = 1e6 * quantile(s.calls, 0.5);
}

/// The peak stands beside.
inline void report_rate(benchmark::State& state, const series& s, double flops) {
  report(state, s);
  const double rate = 1e-9 * flops / quantile(s.calls, 0.1), best = quantile(s.beside, 0.9);
  state.counters["gflops"] = rate;
  state.counters["peak_gflops"] = best;
  state.counters["percent_of_peak"] = 100 * rate / best;
}

/// Alternates windows of `once` with `beside()`. To be used with manual time, that of the windows.
template <class F, class G>
series alternate(benchmark::State& state, window<F> once, G&& beside) {
  series all;
  for (auto _ : state) {
    const double spent = once.run();
    state.SetIterationTime(spent);
    all.calls.push_back(spent / once.calls());
    all.beside.push_back(beside());
  }
  return all;
}

/// `once` alone.
template <class F>
void measure(benchmark::State& state, F once) {
  report(state, alternate(state, window(std::move(once)), [] { return 0.0; }));
}

/// `once` beside the peak.
template <class T = float, class F>
void measure(benchmark::State& state, double flops, F once, timer by = timer::processor) {
  report_rate(state, alternate(state, window(std::move(once), by), peak<T>), flops);
}

/// `once` beside another piece of code, by name: NAME_us, and how many times as long `once` takes.
template <class F, class G>
void compare(benchmark::State& state, F once, const char* name, G other) {
  window beside(std::move(other));
  const series all = alternate(state, window(std::move(once)), [&] { return beside.run() / beside.calls(); });
  report(state, all);
  const double theirs = quantile(all.beside, 0.1);
  state.counters[std::string(name) + "_us"] = 1e6 * theirs;
  state.counters[std::string("times_") + name] = quantile(all.calls, 0.1) / theirs;
}

}  // namespace bench
