#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "../random/distributions.hpp"
#include "../random/streams.hpp"
#include "pairs.hpp"

namespace genet::inline GENET_ISA::metrics {

namespace detail {

// W_p^p of two sorted samples: the integral of |F^-1(u) - G^-1(u)|^p over u from 0 to 1. Both inverses are steps; u
// is counted in parts of 1 / (m n).
inline double sorted_wasserstein(std::span<const double> x, std::span<const double> y, double order) {
  const std::size_t m = x.size(), n = y.size();
  double sum = 0;
  std::size_t at = 0;
  for (std::size_t i = 0, j = 0; i < m && j < n;) {
    const std::size_t end_of_x = (i + 1) * n, end_of_y = (j + 1) * m, end = std::min(end_of_x, end_of_y);
    const double apart = std::abs(x[i] - y[j]);
    sum += static_cast<double>(end - at) * (order == 1 ? apart : std::pow(apart, order));
    at = end;
    i += end == end_of_x;
    j += end == end_of_y;
  }
  return sum / static_cast<double>(m * n);
}

inline void check_order(std::string_view metric, double order) {
  if (!(order >= 1 && std::isfinite(order)))
    errors::raise<usage_error>({metric, ": expected an order of at least 1"});
}

}  // namespace detail

/// Wasserstein distance of two samples on the line, (integral_0^1 |F^-1(u) - G^-1(u)|^p du)^(1/p), exact, for any
/// numbers of points. p = 1: the area between the distribution functions. Villani: Optimal Transport (2009); SciPy:
/// stats.wasserstein_distance. Throws usage_error unless order >= 1, bad_input for points of a plane, no points, NaN.
inline double wasserstein(const points& sample, const points& reference, double order = 1) {
  detail::check_order("wasserstein", order);
  detail::check("wasserstein", sample, reference, 1);
  if (sample.dimension() != 1)
    errors::raise<bad_input>({"wasserstein: found points of ", sample.dimension(),
                              " dimensions, expected 1 (of more: sliced_wasserstein)"});
  std::vector<double> x(static_cast<std::size_t>(sample.count())), y(static_cast<std::size_t>(reference.count()));
  sample.copy(x.data());
  reference.copy(y.data());
  std::ranges::sort(x);
  std::ranges::sort(y);
  return std::pow(detail::sorted_wasserstein(x, y, order), 1 / order);
}

/// How `sliced_wasserstein` looks at points.
struct slicing {
  long directions = 100;
  double order = 1;
  std::uint64_t seed = 0;
};

/// Sliced Wasserstein distance: (mean over random directions of W_p^p of the points' projections)^(1/p). Directions
/// are uniform on the sphere and depend on the seed alone. Bonneel et al. 2015. POT: ot.sliced_wasserstein_distance.
/// Throws usage_error, bad_input for other dimensions, no points, NaN.
inline double sliced_wasserstein(const points& sample, const points& reference, const slicing& how = {},
                                 tensor::team& t = tensor::alone()) {
  detail::check_order("sliced_wasserstein", how.order);
  if (how.directions < 1)
    errors::raise<usage_error>({"sliced_wasserstein: found ", how.directions, " directions, expected at least 1"});
  detail::check("sliced_wasserstein", sample, reference, 1);
  const long d = sample.dimension(), m = sample.count(), n = reference.count();
  std::vector<double> directions(static_cast<std::size_t>(how.directions * d));
  rng::normal(std::span(directions), rng::key{how.seed, stream::projections, 0});
  for (long k = 0; k < how.directions; ++k) {
    const auto u = std::span(directions).subspan(static_cast<std::size_t>(k * d), static_cast<std::size_t>(d));
    const double length = std::sqrt(std::inner_product(u.begin(), u.end(), u.begin(), 0.));
    for (double& v : u) v /= length;
  }
  // Projections along one direction lie one after the other, to be sorted.
  std::vector<double> x(static_cast<std::size_t>(how.directions * m)),
      y(static_cast<std::size_t>(how.directions * n));
  const auto project = [&](const points& p, std::vector<double>& to) {
    each_row_of_products({directions, d}, p, t, [&](long k, std::span<double> along) {
      std::ranges::sort(along);
      std::ranges::copy(along, to.begin() + k * p.count());
    });
  };
  project(sample, x);
  project(reference, y);
  double sum = 0;
  for (long k = 0; k < how.directions; ++k)
    sum += detail::sorted_wasserstein({x.data() + k * m, static_cast<std::size_t>(m)},
                                      {y.data() + k * n, static_cast<std::size_t>(n)}, how.order);
  return std::pow(sum / static_cast<double>(how.directions), 1 / how.order);
}

}  // namespace genet::inline GENET_ISA::metrics
