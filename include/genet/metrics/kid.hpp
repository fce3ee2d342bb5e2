#pragma once
#include <cstddef>
#include <numeric>
#include <vector>

#include "pairs.hpp"

namespace genet::inline GENET_ISA::metrics {

namespace detail {

// Sum of (x_i . y_j / d + 1)^3 over all pairs; without i = j if `apart`.
inline double sum_of_cubes(const points& x, const points& y, bool apart, tensor::team& t) {
  std::vector<double> sums(static_cast<std::size_t>(x.count()));
  const double scale = 1 / static_cast<double>(x.dimension());
  each_row_of_products(x, y, t, [&](long i, std::span<const double> products) {
    double sum = 0;
    for (std::size_t j = 0; j < products.size(); ++j) {
      const double k = products[j] * scale + 1;
      sum += apart && j == static_cast<std::size_t>(i) ? 0. : k * k * k;
    }
    sums[static_cast<std::size_t>(i)] = sum;
  });
  return std::accumulate(sums.begin(), sums.end(), 0.);
}

}  // namespace detail

/// Kernel inception distance: the squared maximum mean discrepancy of two samples with the kernel (x . y / d + 1)^3,
///   sum_{i != j} k(x_i, x_j) / (m (m - 1)) + sum_{i != j} k(y_i, y_j) / (n (n - 1)) - 2 sum_{i, j} k(x_i, y_j) / (m
///   n),
/// without bias, hence also below zero for samples of one distribution. Binkowski et al. 2018 (arXiv 1801.01401); the
/// features are the caller's. Throws bad_input for other dimensions, fewer than two points, NaN.
inline double kid(const points& sample, const points& reference, tensor::team& t = tensor::alone()) {
  detail::check("kid", sample, reference, 2);
  const double m = static_cast<double>(sample.count()), n = static_cast<double>(reference.count());
  return detail::sum_of_cubes(sample, sample, true, t) / (m * (m - 1)) +
         detail::sum_of_cubes(reference, reference, true, t) / (n * (n - 1)) -
         2 * detail::sum_of_cubes(sample, reference, false, t) / (m * n);
}

}  // namespace genet::inline GENET_ISA::metrics
