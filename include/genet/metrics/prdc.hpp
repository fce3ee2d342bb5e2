#pragma once
#include <algorithm>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include "pairs.hpp"

namespace genet::inline GENET_ISA::metrics {

/// What `prdc` measures. In a sample of the reference's own distribution and size the first three are about one, less
/// what the neighbourhoods miss, and the coverage is 1 - 2^-k.
struct prdc_scores {
  double precision = 0;  // share of the sample that lies in the neighbourhood of a reference point: is it real?
  double recall = 0;     // share of the reference that lies in the neighbourhood of a sample point: is all there?
  double density = 0;    // neighbourhoods of the reference around a sample point, over k
  double coverage = 0;   // share of the reference's neighbourhoods that hold a sample point
};

namespace detail {

// Squared distance of each point to its k-th neighbour among the others.
inline std::vector<double> squared_radii(const points& x, long k, tensor::team& t) {
  std::vector<double> radii(static_cast<std::size_t>(x.count()));
  std::vector<double> nearest(static_cast<std::size_t>(x.count() * k), std::numeric_limits<double>::infinity());
  each_row_of_distances(x, x, t, [&](long i, std::span<const double> squares) {
    const auto kept = std::span(nearest).subspan(static_cast<std::size_t>(i * k), static_cast<std::size_t>(k));
    for (std::size_t j = 0; j < squares.size(); ++j) {  // sorted, the largest at the end
      if (squares[j] >= kept.back() || j == static_cast<std::size_t>(i)) continue;
      auto at = kept.end() - 1;
      for (; at != kept.begin() && *(at - 1) > squares[j]; --at) *at = *(at - 1);
      *at = squares[j];
    }
    radii[static_cast<std::size_t>(i)] = kept.back();
  });
  return radii;
}

}  // namespace detail

/// Precision, recall (Kynkaanniemi et al. 2019, arXiv 1904.06991), density and coverage (Naeem et al. 2020, arXiv
/// 2002.09797) of a sample. The neighbourhood of a point is the closed ball up to its k-th neighbour in its own
/// sample. Headline precision and coverage: recall is high for samples that are merely broad. Throws usage_error for
/// k < 1, bad_input for other dimensions, not more than k points, NaN.
inline prdc_scores prdc(const points& sample, const points& reference, long k = 3,
                        tensor::team& t = tensor::alone()) {
  if (k < 1) errors::raise<usage_error>({"prdc: found k = ", k, " neighbours, expected at least 1"});
  detail::check("prdc", sample, reference, k + 1);
  const auto of_sample = detail::squared_radii(sample, k, t), of_reference = detail::squared_radii(reference, k, t);
  const auto any_within = [](std::span<const double> squares, std::span<const double> radii) {
    for (std::size_t j = 0; j < squares.size(); ++j)
      if (squares[j] <= radii[j]) return 1L;
    return 0L;
  };
  const auto m = static_cast<std::size_t>(sample.count()), n = static_cast<std::size_t>(reference.count());
  std::vector<long> precise(m), dense(m), recalled(n), covered(n);
  each_row_of_distances(sample, reference, t, [&](long i, std::span<const double> squares) {
    long within = 0;
    for (std::size_t j = 0; j < n; ++j) within += squares[j] <= of_reference[j];
    precise[static_cast<std::size_t>(i)] = within > 0;
    dense[static_cast<std::size_t>(i)] = within;
  });
  each_row_of_distances(reference, sample, t, [&](long j, std::span<const double> squares) {
    const auto at = static_cast<std::size_t>(j);
    recalled[at] = any_within(squares, of_sample);
    covered[at] = std::ranges::any_of(squares, [&](double square) { return square <= of_reference[at]; });
  });
  const auto mean = [](const std::vector<long>& x) {
    return static_cast<double>(std::accumulate(x.begin(), x.end(), 0L)) / static_cast<double>(x.size());
  };
  return {mean(precise), mean(recalled), mean(dense) / static_cast<double>(k), mean(covered)};
}

}  // namespace genet::inline GENET_ISA::metrics
