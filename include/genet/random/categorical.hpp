#pragma once
// One of many ids by their logits, with one uniform number: the inverse of the distribution function.

#include <genet/tensor/simd.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <type_traits>

namespace genet::inline GENET_ISA {

/// How an id is chosen.
struct sampling {
  double temperature = 1;  ///< logits are divided by it: below 1 likely ids become likelier
  long top_k = 0;          ///< only that many of the largest logits take part, the first of equal ones; 0: all
  bool greedy = false;     ///< the largest logit, the first of equal ones, whatever the rest says
};

}  // namespace genet

namespace genet::inline GENET_ISA::rng {

/// What was chosen; -1 if a logit is not a number, or all are -infinity.
template <class T>
struct choice {
  long id = -1;
  T logit = 0;    // its own, as it came
  T log_sum = 0;  // log(sum exp(logit / temperature)) of all that took part; not where it was greedy
};

namespace detail {

// Numbers as integers in the same order.
template <class T>
using ordered_t = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
template <class T>
ordered_t<T> ordered(T x) {
  const auto bits = std::bit_cast<ordered_t<T>>(x);
  return bits < 0 ? static_cast<ordered_t<T>>(bits ^ std::numeric_limits<ordered_t<T>>::max()) : bits;
}
template <class T>
T from_ordered(ordered_t<T> bits) {
  return std::bit_cast<T>(bits < 0 ? static_cast<ordered_t<T>>(bits ^ std::numeric_limits<ordered_t<T>>::max())
                                   : bits);
}

template <class T>
T largest(const T* x, long n) {
  constexpr T lowest = -std::numeric_limits<T>::infinity();
  tensor::simd<T> most(lowest);
  tensor::each_vector<T>(
      n, [&](long i, long count)
             __attribute__((always_inline)) { most = xsimd::max(most, tensor::load_partial(x + i, count, lowest)); });
  return tensor::horizontal_max(most);
}

template <class T>
long count_from(const T* x, long n, T least) {
  constexpr long W = tensor::width<T>, block = 1L << 16;  // lanes count exactly
  using V = tensor::simd<T>;
  long total = 0;
  for (long first = 0; first < n; first += block) {
    const long end = std::min(first + block, n);
    V sum[4] = {V(T(0)), V(T(0)), V(T(0)), V(T(0))};
    const auto add = [&](V & to, const V& v) __attribute__((always_inline)) {
      to = to + xsimd::select(v >= V(least), V(T(1)), V(T(0)));
    };
    long i = first;
    for (; i + 4 * W <= end; i += 4 * W)
      tensor::unroll<4>([&](auto j)
                            __attribute__((always_inline)) { add(sum[j], V::load_unaligned(x + i + j * W)); });
    for (; i < end; i += W)
      add(sum[0], tensor::load_partial(x + i, std::min(W, end - i), std::numeric_limits<T>::quiet_NaN()));
    total += static_cast<long>(tensor::horizontal_sum((sum[0] + sum[1]) + (sum[2] + sum[3])));
  }
  return total;
}

// Leaves the k largest of n logits, the first of equal ones, and excludes the others: bisects for the k-th.
template <class T>
void keep_largest(T* x, long n, long k, T top) {
  using V = tensor::simd<T>;
  constexpr T lowest = -std::numeric_limits<T>::infinity();
  auto low = ordered(lowest), high = ordered(top);
  while (low < high) {
    const auto middle = std::midpoint(high, low);  // nearer to high
    const long count = count_from(static_cast<const T*>(x), n, from_ordered<T>(middle));
    if (count >= k)
      low = middle;
    else
      high = static_cast<ordered_t<T>>(middle - 1);
    if (count == k) break;
  }
  const T least = from_ordered<T>(low);
  tensor::each_vector<T>(
      n, [&](long i, long count) __attribute__((always_inline)) {
        const auto v = tensor::load_partial(x + i, count);
        tensor::store_partial(x + i, xsimd::select(v < V(least), V(lowest), v), count);
      });
  if (count_from(static_cast<const T*>(x), n, least) == k) return;
  long equal = k - count_from(static_cast<const T*>(x), n, std::nextafter(least, -lowest));
  for (long i = 0; i < n; ++i)
    if (x[i] == least && equal-- <= 0) x[i] = lowest;
}

}  // namespace detail

/// Chooses one of `n` ids by their logits, which it overwrites; -infinity excludes one. The id is the first one up to
/// which the probabilities add up to more than u, 0 <= u < 1. Temperature and top_k have to be positive and not
/// negative.
template <class T>
choice<T> categorical(T* logits, long n, T u, const sampling& how) {
  constexpr long W = tensor::width<T>, least = 512;
  constexpr std::size_t most_blocks = 64;
  using V = tensor::simd<T>;
  const T top = detail::largest(static_cast<const T*>(logits), n);
  if (!std::isfinite(top)) return {};
  if (how.greedy) {
    const long id = std::find(logits, logits + n, top) - logits;
    return id < n ? choice<T>{id, top} : choice<T>{};
  }
  if (how.top_k > 0 && how.top_k < n) detail::keep_largest(logits, n, how.top_k, top);

  const V scale(static_cast<T>(1 / how.temperature));
  const long size = tensor::round_up(std::max(least, (n + 63) / 64), 4 * W);
  std::array<double, most_blocks> sums;
  double total = 0;
  for (long first = 0; first < n; first += size) {
    const long count = std::min(size, n - first);
    T* const x = logits + first;
    V sum[4] = {V(T(0)), V(T(0)), V(T(0)), V(T(0))};
    long i = 0;
    for (; i + 4 * W <= count; i += 4 * W)
      tensor::unroll<4>([&](auto j) __attribute__((always_inline)) {
        const V e = xsimd::exp((V::load_unaligned(x + i + j * W) - V(top)) * scale);
        sum[j] = sum[j] + e;
        e.store_unaligned(x + i + j * W);
      });
    for (; i < count; i += W) {
      const long some = std::min(W, count - i);
      const V e =
          xsimd::exp((tensor::load_partial(x + i, some, -std::numeric_limits<T>::infinity()) - V(top)) * scale);
      sum[0] = sum[0] + e;
      tensor::store_partial(x + i, e, some);
    }
    const double of_block = static_cast<double>(tensor::horizontal_sum((sum[0] + sum[1]) + (sum[2] + sum[3])));
    sums[static_cast<std::size_t>(first / size)] = of_block;
    total += of_block;
  }
  if (!std::isfinite(total)) return {};

  // First the block, then the vector, then the element in it: each but the last that has any probability is passed if
  // what it adds leaves less than what is looked for.
  double rest = static_cast<double>(u) * total;
  const auto find = [&rest](long begin, long end, long step, const auto& sum_of) {
    long found = begin;
    for (long at = begin; at < end; at += step) {
      const double sum = sum_of(at);
      if (sum <= 0) continue;
      found = at;
      if (sum > rest) return found;
      rest -= sum;
    }
    rest = std::numeric_limits<double>::infinity();  // rounding: the last one, here and within
    return found;
  };
  const long block = find(0, n, size, [&](long at) { return sums[static_cast<std::size_t>(at / size)]; });
  const long vector = find(block, std::min(block + size, n), W, [&](long at) {
    return static_cast<double>(tensor::horizontal_sum(tensor::load_partial(logits + at, std::min(W, n - at))));
  });
  const long id = find(vector, std::min(vector + W, n), 1, [&](long at) { return static_cast<double>(logits[at]); });
  return {id, top + static_cast<T>(how.temperature) * std::log(logits[id]),
          top / static_cast<T>(how.temperature) + static_cast<T>(std::log(total))};
}

}  // namespace genet::rng
