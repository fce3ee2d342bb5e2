#pragma once
// Random numbers by place: element e of a key is always the same number, however the elements are divided among
// calls, threads or vectors. Uniform numbers, masks and permutations have the same bits everywhere; normal numbers go
// through log, sin and cos, whose last bit depends on the instruction set.
//
// float:  element e comes from word e % 4 of block e / 4.
// double: element e comes from words 2 (e % 2) (low half) and 2 (e % 2) + 1 (high half) of block e / 2.

#include <genet/random/philox.hpp>
#include <genet/tensor/simd.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <type_traits>
#include <utility>

namespace genet::inline GENET_ISA::rng {

namespace detail {

template <class T> inline constexpr int per_block = std::is_same_v<T, float> ? 4 : 2;
template <class T> inline constexpr int chunk = chunk_blocks* per_block<T>;

// Fills elements `first` and on of a sequence whose chunks `make(words, to)` turns from words into numbers.
template <class T, class F> void fill(std::span<T> out, const key& k, std::uint64_t first, F&& make) {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>, "random numbers are float or double");
  constexpr std::size_t size = static_cast<std::size_t>(chunk<T>);
  alignas(tensor::alignment) std::uint32_t words[4 * chunk_blocks];
  alignas(tensor::alignment) T part[size];
  std::size_t done = 0;
  while (done < out.size()) {
    const std::uint64_t element = first + done, number = element / size;
    const std::size_t skip = static_cast<std::size_t>(element % size), n = std::min(size - skip, out.size() - done);
    draw(k, static_cast<std::uint32_t>(number * chunk_blocks), words);
    if (n == size) {
      make(words, out.data() + done);
    } else {
      make(words, part);
      std::copy_n(part + skip, n, out.data() + done);
    }
    done += n;
  }
}

// Planes of `per_block` numbers a block, 16 blocks each, to the order of elements.
template <class T> void interleave(const T* planes, T* to) {
  constexpr int S = tensor::transpose_side<T>;
  static_assert(S == per_block<T>);
  for (int b = 0; b < chunk_blocks; b += S) tensor::transpose(planes + b, chunk_blocks, to + b * S, S);
}

inline tensor::simd<float> to_float(const tensor::simd<std::uint32_t>& small) {  // below 2^31
  return xsimd::to_float(xsimd::bitwise_cast<tensor::simd<std::int32_t>>(small));
}

// 24 bits: [0, 1)
inline tensor::simd<float> unit(const std::uint32_t* words) {
  return to_float(tensor::simd<std::uint32_t>::load_aligned(words) >> 8) * tensor::simd<float>(0x1p-24f);
}

// 32 bits, finer near zero: (0, 1]. Two exact halves and one rounding, so the same with and without fused arithmetic.
inline tensor::simd<float> unit_above_zero(const std::uint32_t* words) {
  using U = tensor::simd<std::uint32_t>;
  using F = tensor::simd<float>;
  const auto w = U::load_aligned(words);
  return to_float(w >> 16) * F(0x1p-16f) + (to_float(w & U(0xffffu)) + F(0.5f)) * F(0x1p-32f);
}

// 53 bits: [0, 1)
inline double unit(std::uint32_t low, std::uint32_t high) {
  return static_cast<double>(static_cast<std::int64_t>((std::uint64_t{high} << 32 | low) >> 11)) * 0x1p-53;
}

inline void uniform_chunk(const std::uint32_t* words, float* to) {
  alignas(tensor::alignment) float planes[chunk<float>];
  for (int i = 0; i < chunk<float>; i += tensor::width<float>) unit(words + i).store_aligned(planes + i);
  interleave(planes, to);
}

inline void uniform_chunk(const std::uint32_t* words, double* to) {
  for (int b = 0; b < chunk_blocks; ++b)
    for (int i = 0; i < 2; ++i)
      to[2 * b + i] = unit(words[2 * i * chunk_blocks + b], words[(2 * i + 1) * chunk_blocks + b]);
}

// Box and Muller: radius sqrt(-2 log u) and angle 2 pi v - pi give two independent normal numbers.
template <class T> void box_muller(const tensor::simd<T>& u, const tensor::simd<T>& v, T* first, T* second) {
  using V = tensor::simd<T>;
  constexpr T pi = T(3.14159265358979323846);
  const V radius = xsimd::sqrt(V(T(-2)) * xsimd::log(u));
  const auto [sine, cosine] = xsimd::sincos(v * V(2 * pi) - V(pi));
  (radius * cosine).store_aligned(first);
  (radius * sine).store_aligned(second);
}

inline void normal_chunk(const std::uint32_t* words, float* to) {
  alignas(tensor::alignment) float planes[chunk<float>];
  for (int pair = 0; pair < 2; ++pair)
    for (int b = 0; b < chunk_blocks; b += tensor::width<float>) {
      const int at = 2 * pair * chunk_blocks + b;
      box_muller<float>(unit_above_zero(words + at), unit(words + at + chunk_blocks), planes + at,
                        planes + at + chunk_blocks);
    }
  interleave(planes, to);
}

inline void normal_chunk(const std::uint32_t* words, double* to) {
  alignas(tensor::alignment) double u[chunk_blocks], v[chunk_blocks], planes[chunk<double>];
  for (int b = 0; b < chunk_blocks; ++b) {
    u[b] = 1 - unit(words[b], words[chunk_blocks + b]);
    v[b] = unit(words[2 * chunk_blocks + b], words[3 * chunk_blocks + b]);
  }
  using V = tensor::simd<double>;
  for (int b = 0; b < chunk_blocks; b += tensor::width<double>)
    box_muller<double>(V::load_aligned(u + b), V::load_aligned(v + b), planes + b, planes + chunk_blocks + b);
  interleave(planes, to);
}

}  // namespace detail

/// Elements `first`, `first + 1`, ... of key `k`, uniform in [0, 1): 24 bits in float, 53 in double.
template <class T> void uniform(std::span<T> out, const key& k, std::uint64_t first = 0) {
  detail::fill(out, k, first, [](const std::uint32_t* words, T* to) { detail::uniform_chunk(words, to); });
}

/// Elements `first` and on of key `k`, standard normal (mean 0, variance 1). Elements 2 i and 2 i + 1 come from one
/// pair of uniform numbers: in float from words 0, 1 of a block for its elements 0, 1 and from words 2, 3 for its
/// elements 2, 3; in double from words 0, 1 (radius) and 2, 3 (angle) for the block's two elements. |x| < 6.8 in
/// float, < 8.6 in double.
template <class T> void normal(std::span<T> out, const key& k, std::uint64_t first = 0) {
  detail::fill(out, k, first, [](const std::uint32_t* words, T* to) { detail::normal_chunk(words, to); });
}

/// Dropout's factors: 0 with probability `p_drop`, else 1 / (1 - p_drop). Elements are kept or dropped alike in float
/// and double: element e looks at 24 bits of word e % 4 of block e / 4.
template <class T> void keep_mask(std::span<T> out, double p_drop, const key& k, std::uint64_t first = 0) {
  const T kept = p_drop < 1 ? static_cast<T>(1 / (1 - p_drop)) : T(0);
  const auto limit = static_cast<float>(p_drop);
  if constexpr (std::is_same_v<T, float>) {
    detail::fill(out, k, first, [=](const std::uint32_t* words, float* to) {
      alignas(tensor::alignment) float planes[detail::chunk<float>];
      for (int i = 0; i < detail::chunk<float>; i += tensor::width<float>)
        select(tensor::lane<float>(detail::unit(words + i)) < limit, 0, kept).v.store_aligned(planes + i);
      detail::interleave(planes, to);
    });
  } else {
    float u[detail::chunk<float>];
    for (std::size_t done = 0; done < out.size();) {
      const std::size_t n =
          std::min(out.size() - done, std::size(u) - static_cast<std::size_t>((first + done) % std::size(u)));
      uniform(std::span(u, n), k, first + done);
      for (std::size_t i = 0; i < n; ++i) out[done + i] = u[i] < limit ? T(0) : kept;
      done += n;
    }
  }
}

/// The words of a key one after the other: word w of block b is number 4 b + w. For draws whose count is not known
/// before.
class source {
 public:
  explicit source(const key& k, std::uint64_t position = 0) : key_(k), position_(position) {}

  std::uint32_t next() {
    constexpr std::uint64_t size = 4 * chunk_blocks;
    const std::uint64_t at = position_ % size;
    if (!filled_ || at == 0) {
      draw(key_, static_cast<std::uint32_t>(position_ / size * chunk_blocks), words_.data());
      filled_ = true;
    }
    ++position_;
    return words_[static_cast<std::size_t>(at % 4 * chunk_blocks + at / 4)];
  }

  /// Words drawn so far: source(k, s.position()) continues as `s` would.
  std::uint64_t position() const { return position_; }

 private:
  key key_;
  std::uint64_t position_;
  bool filled_ = false;
  std::array<std::uint32_t, 4 * chunk_blocks> words_{};
};

/// A whole number below `n` (at least 1), each equally likely. Lemire: Fast random integer generation in an interval
/// (2019).
inline std::uint32_t below(std::uint32_t n, source& s) {
  std::uint64_t product = std::uint64_t{s.next()} * n;
  if (static_cast<std::uint32_t>(product) < n) {
    const std::uint32_t rejected = (0u - n) % n;
    while (static_cast<std::uint32_t>(product) < rejected) product = std::uint64_t{s.next()} * n;
  }
  return static_cast<std::uint32_t>(product >> 32);
}

/// Fills `out` with 0 ... n-1 in random order, each order equally likely (Fisher and Yates).
inline void permutation(std::span<std::uint32_t> out, const key& k) {
  std::iota(out.begin(), out.end(), 0u);
  source s(k);
  for (std::size_t i = out.size(); i > 1; --i) std::swap(out[i - 1], out[below(static_cast<std::uint32_t>(i), s)]);
}

}  // namespace genet::rng
