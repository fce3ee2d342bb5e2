#pragma once
// Memory traffic as fast as one core can make it.
#include <genet/tensor/simd.hpp>

#include <benchmark/benchmark.h>

namespace bench {

/// Reads `n` floats (a multiple of eight vectors, aligned), in four streams, which keep more requests under way than one.
inline void read_all(const float* x, long n) {
  using namespace genet;
  constexpr long streams = 4, width = tensor::width<float>;
  const long apart = n / streams;
  tensor::simd<float> sum[2 * streams];
  for (auto& s : sum) s = tensor::simd<float>(0.0f);
  for (long i = 0; i < apart; i += 2 * width)
    tensor::unroll<streams>([&](auto s) __attribute__((always_inline)) {
      sum[2 * s] = sum[2 * s] + tensor::simd<float>::load_unaligned(x + s * apart + i);
      sum[2 * s + 1] = sum[2 * s + 1] + tensor::simd<float>::load_unaligned(x + s * apart + i + width);
    });
  for (auto& s : sum) benchmark::DoNotOptimize(s);
}

}  // namespace bench
