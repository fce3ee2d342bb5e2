#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

#include "pairs.hpp"

namespace genet::inline GENET_ISA::metrics {

// Two-sample distances by the distances of all pairs of points.

namespace detail {

// Sum of f(|x_i - y_j|^2) over all pairs; rows on their own, so that a team changes no bit.
template <class F>
double sum_over_pairs(const points& x, const points& y, tensor::team& t, const F& f) {
  std::vector<double> sums(static_cast<std::size_t>(x.count()));
  each_row_of_distances(x, y, t, [&](long i, std::span<const double> squares) {
    double sum = 0;
    for (const double s : squares) sum += f(s);
    sums[static_cast<std::size_t>(i)] = sum;
  });
  return std::accumulate(sums.begin(), sums.end(), 0.);
}

}  // namespace detail

/// Energy distance (2 E|X - Y| - E|X - X'| - E|Y - Y'|)^(1/2) of the samples' own distributions, in any dimension; zero
/// only for equal ones. Székely, Rizzo 2013. On the line SciPy: stats.energy_distance. Throws bad_input for other
/// dimensions, no points, NaN.
inline double energy_distance(const points& sample, const points& reference, tensor::team& t = tensor::alone()) {
  detail::check("energy_distance", sample, reference, 1);
  const auto mean = [&](const points& x, const points& y) {
    return detail::sum_over_pairs(x, y, t, [](double square) { return std::sqrt(square); }) /
           (static_cast<double>(x.count()) * static_cast<double>(y.count()));
  };
  return std::sqrt(std::max(2 * mean(sample, reference) - mean(sample, sample) - mean(reference, reference), 0.));
}

/// Median distance of two different points of both samples together, of the first `most` of each: the usual bandwidth
/// of `mmd`. Throws as above. Gretton et al. 2012, section 8.
inline double median_distance(const points& sample, const points& reference, long most = 1000,
                              tensor::team& t = tensor::alone()) {
  detail::check("median_distance", sample, reference, 1);
  const long m = std::min(sample.count(), most), n = std::min(reference.count(), most), all = m + n;
  std::vector<double> both(static_cast<std::size_t>(all * sample.dimension()));
  sample.first(m).copy(both.data());
  reference.first(n).copy(both.data() + m * sample.dimension());
  std::vector<double> squares(static_cast<std::size_t>(all * (all - 1) / 2));
  const points pooled(both, sample.dimension());
  each_row_of_distances(pooled, pooled, t, [&](long i, std::span<const double> row) {
    std::copy_n(row.begin(), i, squares.begin() + i * (i - 1) / 2);  // pairs with those before
  });
  const auto middle = squares.begin() + static_cast<long>(squares.size() / 2);
  std::ranges::nth_element(squares, middle);
  const double upper = std::sqrt(*middle);
  if (squares.size() % 2 == 1) return upper;
  return (upper + std::sqrt(*std::max_element(squares.begin(), middle))) / 2;
}

struct mmd_options {
  double bandwidth = 0;  ///< of the kernel exp(-|x - y|^2 / (2 bandwidth^2)); 0: the median distance
  bool biased = false;   ///< with the pairs of points with themselves: never below zero
};

/// Squared maximum mean discrepancy with a Gaussian kernel, E k(X, X') + E k(Y, Y') - 2 E k(X, Y); without bias, hence
/// also below zero for samples of one distribution, unless `biased`. Gretton et al. 2012 (lemma 6, equations 3 and 5).
/// Throws usage_error for a bandwidth below zero, bad_input for other dimensions, fewer than two points, NaN, points
/// that are all alike (no median).
inline double mmd(const points& sample, const points& reference, const mmd_options& o = {},
                  tensor::team& t = tensor::alone()) {
  if (!(o.bandwidth >= 0 && std::isfinite(o.bandwidth)))
    errors::raise<usage_error>({"mmd: expected a bandwidth above zero, or 0 for the median distance"});
  detail::check("mmd", sample, reference, 2);
  const double bandwidth = o.bandwidth > 0 ? o.bandwidth : median_distance(sample, reference, 1000, t);
  if (!(bandwidth > 0)) errors::raise<bad_input>({"mmd: the median distance is 0, expected a bandwidth"});
  const double scale = -0.5 / (bandwidth * bandwidth);
  const auto sum = [&](const points& x, const points& y) {
    return detail::sum_over_pairs(x, y, t, [&](double square) { return std::exp(square * scale); });
  };
  const double m = static_cast<double>(sample.count()), n = static_cast<double>(reference.count());
  const auto own = [&](const points& x, double count) {
    return o.biased ? sum(x, x) / (count * count) : (sum(x, x) - count) / (count * (count - 1));
  };
  return own(sample, m) + own(reference, n) - 2 * sum(sample, reference) / (m * n);
}

}  // namespace genet::inline GENET_ISA::metrics
