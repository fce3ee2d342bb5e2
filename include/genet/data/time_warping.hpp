#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "../declare/error.hpp"
#include "smoothing.hpp"

namespace genet::inline GENET_ISA::data {

/// Which places of two series belong together, and what is left between them.
struct warping {
  double distance = 0;                      // sum of |a[i] - b[j]| along the path
  std::vector<std::pair<long, long>> path;  // from (0,0) to both ends, each step forward in one or both
};

/// Dynamic time warping: the path of least distance. `band` (Sakoe-Chiba) bounds |i - j|; below zero there is no
/// bound. Memory: one byte for each pair within the band. Among equal paths that along the diagonal is taken. Throws
/// usage_error for an empty series and for a band narrower than the difference of the lengths, bad_input for NaN and
/// infinity. Sakoe, Chiba: Dynamic programming algorithm optimization for spoken word recognition (1978).
inline warping warp(std::span<const double> a, std::span<const double> b, long band = -1) {
  detail::require_finite("warp", a);
  detail::require_finite("warp", b);
  const auto n = static_cast<long>(a.size()), m = static_cast<long>(b.size());
  if (n == 0 || m == 0) throw usage_error("warp: found an empty series, expected numbers");
  if (band < 0) band = std::max(n, m);
  if (band < std::abs(n - m))
    errors::raise<usage_error>({"warp: found a band of ", band, " for series of ", n, " and ", m,
                                " numbers, expected at least the difference"});
  enum from : std::uint8_t { diagonal, up, left };
  band = std::min(band, std::max(n, m));
  const long width = std::min(2 * band + 1, m);
  const auto first = [&](long i) { return std::clamp(i - band, 0L, m - width); };  // of the row's stored columns
  std::vector<std::uint8_t> steps(static_cast<std::size_t>(n * width));
  constexpr double infinity = std::numeric_limits<double>::infinity();
  std::vector<double> before(static_cast<std::size_t>(m + 1), infinity), row(before);  // [j + 1]
  before[0] = 0;
  for (long i = 0; i < n; ++i) {
    std::ranges::fill(row, infinity);
    const long last = std::min(i + band, m - 1);
    for (long j = std::max(i - band, 0L); j <= last; ++j) {
      const auto at = static_cast<std::size_t>(j);
      double best = before[at];
      from step = diagonal;
      if (before[at + 1] < best) best = before[at + 1], step = up;
      if (row[at] < best) best = row[at], step = left;
      row[at + 1] = best + std::abs(a[static_cast<std::size_t>(i)] - b[at]);
      steps[static_cast<std::size_t>(i * width + j - first(i))] = step;
    }
    std::swap(row, before);
  }
  warping out{before[static_cast<std::size_t>(m)], {}};
  for (long i = n - 1, j = m - 1;;) {
    out.path.emplace_back(i, j);
    if (i == 0 && j == 0) break;
    const auto step = steps[static_cast<std::size_t>(i * width + j - first(i))];
    i -= step != left;
    j -= step != up;
  }
  std::ranges::reverse(out.path);
  return out;
}

/// `x` in the time of `reference`: at each place the mean of the numbers that the path joins to it. Throws as warp.
inline std::vector<double> warped_to(std::span<const double> reference, std::span<const double> x, long band = -1) {
  std::vector<double> sums(reference.size()), counts(reference.size());
  for (const auto& [i, j] : warp(reference, x, band).path) {
    sums[static_cast<std::size_t>(i)] += x[static_cast<std::size_t>(j)];
    ++counts[static_cast<std::size_t>(i)];
  }
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] /= counts[i];
  return sums;
}

}  // namespace genet::inline GENET_ISA::data
