#pragma once
// Philox4x32-10: random numbers as a function of (seed, stream, step, index), without a state to carry.
// Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3 (SC 2011). Bit for bit the one of
// Random123.

#include <genet/tensor/simd.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace genet::inline GENET_ISA::rng {

/// Names one sequence of random numbers. Sequences of different keys are independent; each has 2^34 words.
struct key {
  std::uint64_t seed = 0;    // of a run
  std::uint32_t stream = 0;  // who draws: a layer, the shuffling, ...
  std::uint64_t step = 0;    // when: the training step, the epoch, ...

  constexpr bool operator==(const key&) const = default;
};

namespace detail {

inline constexpr std::uint32_t multiplier[2] = {0xD2511F53u, 0xCD9E8D57u};
inline constexpr std::uint32_t weyl[2] = {0x9E3779B9u, 0xBB67AE85u};
inline constexpr int rounds = 10;

}  // namespace detail

/// Four words from a counter of four words and a key of two.
constexpr std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                              std::array<std::uint32_t, 2> key) {
  for (int r = 0; r < detail::rounds; ++r) {
    const std::uint64_t a = std::uint64_t{detail::multiplier[0]} * counter[0];
    const std::uint64_t b = std::uint64_t{detail::multiplier[1]} * counter[2];
    counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
               static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key = {key[0] + detail::weyl[0], key[1] + detail::weyl[1]};
  }
  return counter;
}

/// The same on as many counters at once as a vector holds; one key for all.
inline std::array<tensor::simd<std::uint32_t>, 4> philox(std::array<tensor::simd<std::uint32_t>, 4> counter,
                                                         std::array<std::uint32_t, 2> key) {
  using words = tensor::simd<std::uint32_t>;
  using doubles = tensor::simd<std::uint64_t>;
  const doubles low(0xffffffffu), high(0xffffffff00000000u);
  for (int r = 0; r < detail::rounds; ++r) {
    words upper[2], lower[2];
    for (int i = 0; i < 2; ++i) {  // 32 x 32 -> 64 bits on even and on odd lanes; xsimd has no high half of a product
      const doubles m(std::uint64_t{detail::multiplier[i]});
      const auto x = xsimd::bitwise_cast<doubles>(counter[static_cast<std::size_t>(2 * i)]);
      const doubles even = (x & low) * m, odd = (x >> 32) * m;
      upper[i] = xsimd::bitwise_cast<words>((even >> 32) | (odd & high));
      lower[i] = xsimd::bitwise_cast<words>((even & low) | (odd << 32));
    }
    counter = {upper[1] ^ counter[1] ^ words(key[0]), lower[1], upper[0] ^ counter[3] ^ words(key[1]), lower[0]};
    key = {key[0] + detail::weyl[0], key[1] + detail::weyl[1]};
  }
  return counter;
}

/// Blocks of four words that are drawn together.
inline constexpr int chunk_blocks = 16;

/// The words of blocks `first` ... `first + 15` of a key: out[16 * w + b] is word w of block first + b. Block i is
/// philox({i, stream, step low, step high}, {seed low, seed high}). The same on every machine.
inline void draw(const key& k, std::uint32_t first, std::uint32_t* out) {
  const std::array<std::uint32_t, 2> seed{static_cast<std::uint32_t>(k.seed),
                                          static_cast<std::uint32_t>(k.seed >> 32)};
  const auto step_low = static_cast<std::uint32_t>(k.step), step_high = static_cast<std::uint32_t>(k.step >> 32);
#if XSIMD_WITH_AVX512DQ  // elsewhere xsimd multiplies 64-bit lanes one by one, slower than the scalar form
  constexpr int W = tensor::width<std::uint32_t>;
  static_assert(chunk_blocks % W == 0);
  using words = tensor::simd<std::uint32_t>;
  alignas(tensor::alignment) static constexpr std::uint32_t lane[16] = {0, 1, 2,  3,  4,  5,  6,  7,
                                                                        8, 9, 10, 11, 12, 13, 14, 15};
  for (int b = 0; b < chunk_blocks; b += W) {
    const auto r = philox(
        {words::load_aligned(lane + b) + words(first), words(k.stream), words(step_low), words(step_high)}, seed);
    for (int w = 0; w < 4; ++w) r[static_cast<std::size_t>(w)].store_unaligned(out + w * chunk_blocks + b);
  }
#else
  for (std::uint32_t b = 0; b < chunk_blocks; ++b) {
    const auto r = philox(std::array<std::uint32_t, 4>{first + b, k.stream, step_low, step_high}, seed);
    for (std::uint32_t w = 0; w < 4; ++w) out[w * chunk_blocks + b] = r[w];
  }
#endif
}

}  // namespace genet::rng
