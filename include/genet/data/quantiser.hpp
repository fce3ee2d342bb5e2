#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "../declare/error.hpp"
#include "smoothing.hpp"

namespace genet::inline GENET_ISA::data {

/// Numbers as tokens 0 ... levels - 1 and back: the range is divided into levels, each of which stands for the middle
/// of its part. Numbers beyond the range get the first or last token.
class quantiser {
 public:
  /// Equal parts from low to high. Throws usage_error.
  static quantiser uniform(long levels, double low, double high) {
    if (levels < 1 || !(low < high) || !std::isfinite(high - low))
      errors::raise<usage_error>({"quantiser: expected at least one level and a range from low to high, found ",
                                  levels, levels < 1 ? " levels" : " levels and another range"});
    std::vector<double> borders;
    for (long i = 0; i <= levels; ++i) {
      const double share = static_cast<double>(i) / static_cast<double>(levels);
      borders.push_back(low * (1 - share) + high * share);
    }
    return quantiser(std::move(borders));
  }
  /// Parts that hold as many of these numbers each, as far as equal numbers allow: fewer levels where many are equal.
  /// Throws usage_error, bad_input for NaN, infinity and fewer than two different numbers.
  static quantiser by_quantiles(long levels, std::span<const double> of) {
    if (levels < 1) errors::raise<usage_error>({"quantiser: found ", levels, " levels, expected at least 1"});
    detail::require_finite("quantiser", of);
    std::vector<double> sorted(of.begin(), of.end()), borders;
    std::ranges::sort(sorted);
    if (sorted.empty() || sorted.front() == sorted.back())
      throw bad_input("quantiser: found fewer than two different numbers, expected a range to divide");
    for (long i = 0; i <= levels; ++i) {  // NumPy's quantile
      const double place =
          static_cast<double>(i) / static_cast<double>(levels) * static_cast<double>(sorted.size() - 1);
      const auto below = std::min(static_cast<std::size_t>(place), sorted.size() - 2);
      const double share = place - static_cast<double>(below);
      const double border = sorted[below] * (1 - share) + sorted[below + 1] * share;
      if (borders.empty() || border > borders.back()) borders.push_back(border);
    }
    return quantiser(std::move(borders));
  }

  long levels() const { return static_cast<long>(borders_.size()) - 1; }
  /// levels + 1 numbers, ascending.
  const std::vector<double>& borders() const { return borders_; }

  /// Throws bad_input for NaN and infinity.
  std::vector<std::int32_t> tokens(std::span<const double> x) const {
    detail::require_finite("quantiser", x);
    std::vector<std::int32_t> out;
    out.reserve(x.size());
    for (const double v : x) {
      const auto at = std::upper_bound(borders_.begin() + 1, borders_.end() - 1, v) - (borders_.begin() + 1);
      out.push_back(static_cast<std::int32_t>(at));
    }
    return out;
  }
  /// Throws bad_input for a token that there is not.
  std::vector<double> values(std::span<const std::int32_t> tokens) const {
    std::vector<double> out;
    out.reserve(tokens.size());
    for (const std::int32_t t : tokens) {
      if (t < 0 || t >= levels())
        errors::raise<bad_input>(
            {"quantiser: number ", out.size(), ": found token ", t, ", expected 0 to ", levels() - 1});
      const auto i = static_cast<std::size_t>(t);
      out.push_back(borders_[i] + (borders_[i + 1] - borders_[i]) / 2);
    }
    return out;
  }
  /// The most that a number within the range differs from what its token stands for: half of the widest part.
  double largest_error() const {
    double widest = 0;
    for (std::size_t i = 1; i < borders_.size(); ++i) widest = std::max(widest, borders_[i] - borders_[i - 1]);
    return widest / 2;
  }

 private:
  explicit quantiser(std::vector<double> borders) : borders_(std::move(borders)) {}

  std::vector<double> borders_;
};

}  // namespace genet::inline GENET_ISA::data
