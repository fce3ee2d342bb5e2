#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <ranges>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../declare/error.hpp"
#include "../random/distributions.hpp"
#include "../random/streams.hpp"

namespace genet::inline GENET_ISA::data {

/// Examples in memory: `count` rows of `features` numbers, and one label each where the data has labels. Sequences are
/// rows of `length` tokens; which of them count says the mask.
struct examples {
  long count = 0;
  long features = 0;
  std::vector<float> x;              // count * features, row after row
  std::vector<std::int32_t> labels;  // count, or empty
  long length = 0;
  std::vector<std::int32_t> tokens{};  // count * length, row after row
  std::vector<std::int32_t> mask{};    // count * length of 0 and 1, or empty: all tokens count

  std::span<const float> row(long i) const {
    return std::span(x).subspan(static_cast<std::size_t>(i * features), static_cast<std::size_t>(features));
  }
};

/// The examples `which`, in that order.
template <class Indices>
examples chosen(const examples& from, const Indices& which) {
  examples part{.count = static_cast<long>(std::size(which)), .features = from.features, .x = {}, .labels = {},
                .length = from.length};
  const auto take = [&](const auto& all, auto& to, long size) {
    if (all.empty()) return;
    to.reserve(static_cast<std::size_t>(part.count * size));
    for (const auto i : which) {
      const auto row = all.begin() + static_cast<long>(i) * size;
      to.insert(to.end(), row, row + size);
    }
  };
  take(from.x, part.x, from.features);
  take(from.labels, part.labels, 1);
  take(from.tokens, part.tokens, from.length);
  take(from.mask, part.mask, from.length);
  return part;
}

/// The first n examples, or all where there are fewer.
inline examples first(const examples& from, long n) {
  return chosen(from, std::views::iota(0L, std::clamp(n, 0L, from.count)));
}

struct train_validation {
  examples train, validation;
};

/// Sets the share `fraction` of the examples (rounded to the nearest count), chosen at random by `seed`, apart for
/// validation. Both parts keep the order of the data. Throws usage_error when nothing would be left to train on.
inline train_validation split(const examples& all, double fraction, std::uint64_t seed) {
  if (!(fraction >= 0 && fraction < 1)) {
    throw usage_error("split: found fraction " + std::to_string(fraction) + ", expected 0 <= fraction < 1");
  }
  const auto apart = std::lround(fraction * static_cast<double>(all.count));
  if (apart >= all.count && apart > 0) {
    throw usage_error("split: fraction " + std::to_string(fraction) + " of " + std::to_string(all.count) +
                      " examples leaves none to train on, expected a smaller fraction");
  }
  std::vector<std::uint32_t> order(static_cast<std::size_t>(all.count));
  rng::permutation(std::span(order), rng::key{seed, stream::splitting, 0});

  const auto take = [&](std::span<std::uint32_t> which) {
    std::ranges::sort(which);
    return chosen(all, which);
  };
  const auto cut = order.size() - static_cast<std::size_t>(apart);
  return {take(std::span(order).first(cut)), take(std::span(order).subspan(cut))};
}

}  // namespace genet::data
