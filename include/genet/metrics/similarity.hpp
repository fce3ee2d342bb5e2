#pragma once
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string_view>
#include <vector>

#include "estimate.hpp"
#include "points.hpp"

namespace genet::inline GENET_ISA::metrics {

// How like each other images (or other rows of numbers) are, pair by pair: a reconstruction and what it is of. Means
// over the pairs with their standard errors.

namespace detail {

// The mean of f(i) over the pairs.
template <class F>
estimate mean_over_pairs(std::string_view metric, const points& found, const points& truth, const F& f) {
  check(metric, found, truth, 1);
  if (found.count() != truth.count())
    errors::raise<bad_input>(
        {metric, ": found ", found.count(), " and ", truth.count(), " rows, expected as many of both"});
  std::vector<double> each(static_cast<std::size_t>(found.count()));
  for (long i = 0; i < found.count(); ++i) each[static_cast<std::size_t>(i)] = f(i);
  return mean_of(each);
}

inline double mean_square(const points& a, const points& b, long row) {
  double sum = 0;
  for (long j = row * a.dimension(); j < (row + 1) * a.dimension(); ++j) sum += (a[j] - b[j]) * (a[j] - b[j]);
  return sum / static_cast<double>(a.dimension());
}

}  // namespace detail

/// Mean squared difference of the numbers. Throws bad_input for another number of rows, other dimensions, none, NaN.
/// scikit-learn: mean_squared_error.
inline estimate mean_squared_error(const points& found, const points& truth) {
  return detail::mean_over_pairs("mean_squared_error", found, truth,
                                 [&](long i) { return detail::mean_square(found, truth, i); });
}

/// Mean absolute difference of the numbers. Throws as above. scikit-learn: mean_absolute_error.
inline estimate mean_absolute_error(const points& found, const points& truth) {
  return detail::mean_over_pairs("mean_absolute_error", found, truth, [&](long i) {
    double sum = 0;
    for (long j = i * found.dimension(); j < (i + 1) * found.dimension(); ++j) sum += std::abs(found[j] - truth[j]);
    return sum / static_cast<double>(found.dimension());
  });
}

/// Peak signal-to-noise ratio 10 log10(peak^2 / mean squared difference) of each image, in decibels; +infinity if some
/// pair is equal. Throws as above, usage_error for a peak that is not above zero. scikit-image:
/// peak_signal_noise_ratio.
inline estimate psnr(const points& found, const points& truth, double peak = 1) {
  if (!(peak > 0)) errors::raise<usage_error>({"psnr: expected a peak above zero"});
  return detail::mean_over_pairs("psnr", found, truth, [&](long i) {
    return 10 * std::log10(peak * peak / detail::mean_square(found, truth, i));
  });
}

/// Structural similarity of images, 1 for equal ones: means, variances and covariances under Gaussian windows of 11 by
/// 11, deviation 1.5, wherever one fits, compared with the constants (0.01 peak)^2 and (0.03 peak)^2. Rows are images
/// of `height` x `width`, or several planes of it, whose mean counts. Wang et al. 2004. Throws as above, bad_input for
/// rows that are no such images, usage_error for images smaller than a window. scikit-image: structural_similarity
/// with gaussian_weights=True, use_sample_covariance=False.
inline estimate ssim(const points& found, const points& truth, long height, long width, double peak = 1) {
  constexpr long window = 11;
  if (!(peak > 0)) errors::raise<usage_error>({"ssim: expected a peak above zero"});
  if (height < window || width < window)
    errors::raise<usage_error>({"ssim: found images of ", height, " x ", width, ", expected at least ", window, " x ",
                                window});
  const long pixels = height * width;
  if (found.dimension() % pixels != 0)
    errors::raise<bad_input>({"ssim: found rows of ", found.dimension(), " numbers, expected a multiple of ", height,
                              " x ", width});
  std::array<double, window> weights;
  for (long k = 0; k < window; ++k)
    weights[static_cast<std::size_t>(k)] = std::exp(-static_cast<double>((k - 5) * (k - 5)) / (2 * 1.5 * 1.5));
  const double total = std::accumulate(weights.begin(), weights.end(), 0.);
  for (double& w : weights) w /= total;

  // Windowed means of x, y, x^2, y^2 and xy: along rows, then along columns.
  const long rows = height - window + 1, columns = width - window + 1;
  std::vector<double> along(static_cast<std::size_t>(5 * height * columns));
  const auto of_plane = [&](long first) {
    for (long i = 0; i < height; ++i)
      for (long j = 0; j < columns; ++j) {
        std::array<double, 5> sum{};
        for (long k = 0; k < window; ++k) {
          const double w = weights[static_cast<std::size_t>(k)], x = found[first + i * width + j + k],
                       y = truth[first + i * width + j + k];
          const std::array<double, 5> terms{x, y, x * x, y * y, x * y};
          for (std::size_t m = 0; m < 5; ++m) sum[m] += w * terms[m];
        }
        for (std::size_t m = 0; m < 5; ++m) along[static_cast<std::size_t>((i * columns + j) * 5) + m] = sum[m];
      }
    const double c1 = std::pow(0.01 * peak, 2), c2 = std::pow(0.03 * peak, 2);
    double similarity = 0;
    for (long i = 0; i < rows; ++i)
      for (long j = 0; j < columns; ++j) {
        std::array<double, 5> m{};
        for (long k = 0; k < window; ++k)
          for (std::size_t n = 0; n < 5; ++n)
            m[n] += weights[static_cast<std::size_t>(k)] *
                    along[static_cast<std::size_t>(((i + k) * columns + j) * 5) + n];
        const double vx = m[2] - m[0] * m[0], vy = m[3] - m[1] * m[1], both = m[4] - m[0] * m[1];
        similarity += (2 * m[0] * m[1] + c1) * (2 * both + c2) /
                      ((m[0] * m[0] + m[1] * m[1] + c1) * (vx + vy + c2));
      }
    return similarity / static_cast<double>(rows * columns);
  };
  return detail::mean_over_pairs("ssim", found, truth, [&](long i) {
    const long planes = found.dimension() / pixels;
    double sum = 0;
    for (long p = 0; p < planes; ++p) sum += of_plane((i * planes + p) * pixels);
    return sum / static_cast<double>(planes);
  });
}

}  // namespace genet::inline GENET_ISA::metrics
