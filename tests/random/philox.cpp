#include <genet/random/philox.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstdint>

#if __has_include(<Random123/philox.h>)
#define WITH_RANDOM123
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#include <Random123/philox.h>
#pragma GCC diagnostic pop
#endif

using namespace genet;
using words = std::array<std::uint32_t, 4>;

// Known answers of Random123's kat_vectors, philox4x32 with 10 rounds.
static_assert(rng::philox(words{0, 0, 0, 0}, {0, 0}) == words{0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u});
static_assert(rng::philox(words{0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu}, {0xffffffffu, 0xffffffffu}) ==
              words{0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu});
static_assert(rng::philox(words{0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u}, {0xa4093822u, 0x299f31d0u}) ==
              words{0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u});

TEST_CASE("the vector form has the words of the scalar form") {
  using V = tensor::simd<std::uint32_t>;
  constexpr int W = tensor::width<std::uint32_t>;
  std::uint32_t counter[4][W];
  std::uint32_t x = 1;
  for (auto& line : counter)
    for (auto& c : line) c = x = x * 1664525u + 1013904223u;
  std::array<V, 4> all;
  for (std::size_t w = 0; w < 4; ++w) all[w] = V::load_unaligned(counter[w]);
  const auto got = rng::philox(all, {123, 0xfedcba98u});
  for (int l = 0; l < W; ++l) {
    const words expected =
        rng::philox(words{counter[0][l], counter[1][l], counter[2][l], counter[3][l]}, {123, 0xfedcba98u});
    for (std::size_t w = 0; w < 4; ++w) CHECK(got[w].get(static_cast<std::size_t>(l)) == expected[w]);
  }
}

TEST_CASE("blocks are counters of (index, stream, step) under the seed") {
  const rng::key k{.seed = 0x0123456789abcdefu, .stream = 7, .step = 0xfedcba9876543210u};
  std::uint32_t out[64];
  for (const std::uint32_t first : {0u, 16u, 0xfffffff0u}) {
    rng::draw(k, first, out);
    for (std::uint32_t b = 0; b < 16; ++b) {
      const words expected = rng::philox(words{first + b, 7, 0x76543210u, 0xfedcba98u}, {0x89abcdefu, 0x01234567u});
      for (std::uint32_t w = 0; w < 4; ++w) CHECK(out[16 * w + b] == expected[w]);
    }
  }
}

#ifdef WITH_RANDOM123
TEST_CASE("Random123 itself agrees") {
  r123::Philox4x32 theirs;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const auto expected = theirs({{i, i * 77u, ~i, i << 16}}, {{i ^ 0xdeadbeefu, i * i}});
    const auto got = rng::philox(words{i, i * 77u, ~i, i << 16}, {i ^ 0xdeadbeefu, i * i});
    for (std::size_t w = 0; w < 4; ++w) CHECK(got[w] == expected[w]);
  }
}
#endif
