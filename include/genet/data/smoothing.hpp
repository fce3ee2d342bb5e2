#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "../declare/error.hpp"

namespace genet::inline GENET_ISA::data {

namespace detail {

inline void require_finite(std::string_view what, std::span<const double> x) {
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!std::isfinite(x[i]))
      errors::raise<bad_input>({what, ": number ", i, " is not finite, expected real numbers"});
}

inline void require_window(std::string_view what, long window, std::size_t size) {
  if (window < 1 || window % 2 == 0 || window > static_cast<long>(size))
    errors::raise<usage_error>({what, ": found a window of ", window, ", expected an odd number up to ", size,
                                ", the length of the series"});
}

}  // namespace detail

/// Mean of the `window` numbers around each; near the ends of those of them that there are. Throws usage_error for an
/// even window or one longer than the series, bad_input for NaN and infinity. NumPy: convolve.
inline std::vector<double> moving_average(std::span<const double> x, long window) {
  detail::require_finite("moving_average", x);
  detail::require_window("moving_average", window, x.size());
  const auto n = static_cast<long>(x.size());
  std::vector<double> out(x.size());
  for (long i = 0; i < n; ++i) {  // no running sum, whose rounding would wander
    const long first = std::max(i - window / 2, 0L), last = std::min(i + window / 2, n - 1);
    double sum = 0;
    for (long k = first; k <= last; ++k) sum += x[static_cast<std::size_t>(k)];
    out[static_cast<std::size_t>(i)] = sum / static_cast<double>(last - first + 1);
  }
  return out;
}

/// y[0] = x[0], y[i] = share * x[i] + (1 - share) * y[i - 1]. Throws usage_error unless 0 < share <= 1, bad_input.
/// pandas: ewm(alpha=share, adjust=False).mean().
inline std::vector<double> exponential_average(std::span<const double> x, double share) {
  detail::require_finite("exponential_average", x);
  if (!(share > 0 && share <= 1)) throw usage_error("exponential_average: expected 0 < share <= 1");
  std::vector<double> out(x.begin(), x.end());
  for (std::size_t i = 1; i < out.size(); ++i) out[i] = share * x[i] + (1 - share) * out[i - 1];
  return out;
}

namespace detail {

/// What least squares make of `window` numbers: row i (of window x window) gives the polynomial's value at place i.
/// The sum over orthonormal polynomials on these places, by orthogonalisation done twice: accurate for any order.
inline std::vector<double> polynomial_projection(long window, long order) {
  const auto w = static_cast<std::size_t>(window);
  std::vector<std::vector<double>> basis;
  for (long k = 0; k <= order; ++k) {
    std::vector<double> p(w, 1.);
    for (std::size_t i = 0; i < w && k > 0; ++i)
      p[i] = basis.back()[i] * (2. * static_cast<double>(i) / static_cast<double>(window) - 1);
    for (int twice = 0; twice < 2; ++twice)
      for (const auto& q : basis) {
        double product = 0;
        for (std::size_t i = 0; i < w; ++i) product += p[i] * q[i];
        for (std::size_t i = 0; i < w; ++i) p[i] -= product * q[i];
      }
    double square = 0;
    for (const double v : p) square += v * v;
    for (double& v : p) v /= std::sqrt(square);
    basis.push_back(std::move(p));
  }
  std::vector<double> out(w * w);
  for (const auto& q : basis)
    for (std::size_t i = 0; i < w; ++i)
      for (std::size_t j = 0; j < w; ++j) out[i * w + j] += q[i] * q[j];
  return out;
}

}  // namespace detail

/// The value at each place of the polynomial of `order` that fits the `window` numbers around it best by least
/// squares; near the ends that of the first or last whole window. Peaks keep their height better than in a moving
/// average. Throws usage_error for an even window, one longer than the series or not longer than the order;
/// bad_input. Savitzky, Golay: Smoothing and differentiation of data by simplified least squares procedures (1964).
/// SciPy: signal.savgol_filter(x, window, order).
inline std::vector<double> savitzky_golay(std::span<const double> x, long window, long order) {
  detail::require_finite("savitzky_golay", x);
  detail::require_window("savitzky_golay", window, x.size());
  if (order < 0 || order >= window)
    errors::raise<usage_error>(
        {"savitzky_golay: found order ", order, ", expected 0 to ", window - 1, ", below the window"});
  const auto weights = detail::polynomial_projection(window, order);
  const auto n = static_cast<long>(x.size());
  std::vector<double> out(x.size());
  for (long i = 0; i < n; ++i) {
    const long first = std::clamp(i - window / 2, 0L, n - window);
    const double* row = weights.data() + (i - first) * window;
    double sum = 0;
    for (long k = 0; k < window; ++k) sum += row[k] * x[static_cast<std::size_t>(first + k)];
    out[static_cast<std::size_t>(i)] = sum;
  }
  return out;
}

/// Mean 0 and standard deviation 1, and back.
struct normalisation {
  double mean = 0, deviation = 1;

  /// Of these numbers (divided by their count). Throws bad_input for none, for equal ones, for NaN and infinity.
  static normalisation of(std::span<const double> x) {
    detail::require_finite("normalisation", x);
    double sum = 0, squares = 0;
    for (const double v : x) sum += v;
    const double mean = sum / static_cast<double>(x.size());
    for (const double v : x) squares += (v - mean) * (v - mean);
    const double deviation = std::sqrt(squares / static_cast<double>(x.size()));
    if (!(deviation > 0))
      throw bad_input("normalisation: found numbers that are all equal, or none, expected different ones");
    return {mean, deviation};
  }

  std::vector<double> apply(std::span<const double> x) const {
    std::vector<double> out(x.begin(), x.end());
    for (double& v : out) v = (v - mean) / deviation;
    return out;
  }
  std::vector<double> restore(std::span<const double> x) const {
    std::vector<double> out(x.begin(), x.end());
    for (double& v : out) v = v * deviation + mean;
    return out;
  }
};

}  // namespace genet::inline GENET_ISA::data
