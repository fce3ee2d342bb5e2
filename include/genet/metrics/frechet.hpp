#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "../tensor/linear.hpp"
#include "moments.hpp"

namespace genet::inline GENET_ISA::metrics {

namespace detail {

// C = A B for square matrices.
inline void multiply(long d, const double* a, const double* b, double* c, tensor::team& t) {
  tensor::block<double> panels(tensor::pack_size<double>(d, d));
  tensor::pack(b, d, d, d, 1, panels.data(), t);
  tensor::matmul<double>(d, d, d, a, d, 1, panels.data(), c, d, false, {}, t);
}

// The symmetric root of a covariance, in its place.
inline void square_root(long d, double* a, tensor::team& t) {
  tensor::block<double> values(d), vectors(d * d), scaled(d * d);
  tensor::symmetric_eigen(d, a, values.data(), vectors.data());
  for (long i = 0; i < d; ++i) {
    const double root = std::sqrt(std::max(values[i], 0.));
    for (long j = 0; j < d; ++j) scaled[j * d + i] = root * vectors[i * d + j];
  }
  multiply(d, scaled.data(), vectors.data(), a, t);
}

}  // namespace detail

/// Squared Frechet (Wasserstein-2) distance of the normal distributions with these moments:
/// |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)). The trace of the root is that of (C1^(1/2) C2 C1^(1/2))^(1/2), a root
/// of a symmetric matrix, so covariances without full rank need no special care. Dowson, Landau 1982; with features
/// of a classifier the FID of Heusel et al. 2017 (arXiv 1706.08500). Throws bad_input if the dimensions differ.
inline double frechet_distance(const moments& a, const moments& b, tensor::team& t = tensor::alone()) {
  if (a.dimension != b.dimension)
    errors::raise<bad_input>({"frechet_distance: found moments of ", a.dimension, " and of ", b.dimension,
                              " dimensions, expected the same"});
  const long d = a.dimension;
  std::vector<double> root = a.covariance, half(root.size()), product(root.size()), values(a.mean.size());
  detail::square_root(d, root.data(), t);
  detail::multiply(d, root.data(), b.covariance.data(), half.data(), t);
  detail::multiply(d, half.data(), root.data(), product.data(), t);
  for (long i = 0; i < d; ++i)  // symmetric but for rounding
    for (long j = 0; j < i; ++j) {
      double &low = product[static_cast<std::size_t>(i * d + j)],
             &high = product[static_cast<std::size_t>(j * d + i)];
      low = high = (low + high) / 2;
    }
  tensor::symmetric_eigen<double>(d, product.data(), values.data(), nullptr);
  double distance = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double apart = a.mean[i] - b.mean[i];
    const std::size_t diagonal = i * values.size() + i;
    distance +=
        apart * apart + a.covariance[diagonal] + b.covariance[diagonal] - 2 * std::sqrt(std::max(values[i], 0.));
  }
  return std::max(distance, 0.);
}

/// The same of two samples' means and covariances. Depends on the numbers of points (its bias falls as 1 / count):
/// only distances of samples of one size compare. Throws bad_input for other dimensions, fewer than two points, NaN.
inline double frechet_distance(const points& sample, const points& reference, tensor::team& t = tensor::alone()) {
  detail::check("frechet_distance", sample, reference, 2);
  return frechet_distance(moments_of(sample, t), moments_of(reference, t), t);
}

}  // namespace genet::inline GENET_ISA::metrics
