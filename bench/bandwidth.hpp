#pragma once
// Memory traffic as fast as one core can make it.
#include <genet/tensor/simd.hpp>

#include <benchmark/benchmark.h>

namespace bench {

/// Reads `n` floats (a multiple of eight vectors, aligned), in four streams, which keep more requests under way than
/// one.
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

/// to = from, `n` floats as above.
inline void copy_all(float* to, const float* from, long n) {
  using V = genet::tensor::simd<float>;
  constexpr long width = genet::tensor::width<float>;
  for (long i = 0; i < n; i += 4 * width)
    genet::tensor::unroll<4>([&](auto k) __attribute__((always_inline)) {
      V::load_aligned(from + i + k * width).store_aligned(to + i + k * width);
    });
}

/// to = a + factor b, `n` floats as above.
inline void triad(float* to, const float* a, const float* b, float factor, long n) {
  using V = genet::tensor::simd<float>;
  constexpr long width = genet::tensor::width<float>;
  const V f(factor);
  for (long i = 0; i < n; i += 4 * width)
    genet::tensor::unroll<4>([&](auto k) __attribute__((always_inline)) {
      const long at = i + k * width;
      genet::tensor::fma<float>(V::load_aligned(b + at), f, V::load_aligned(a + at)).store_aligned(to + at);
    });
}

}  // namespace bench
