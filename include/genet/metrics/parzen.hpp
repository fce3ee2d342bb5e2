#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <vector>

#include "../tensor/simd.hpp"
#include "estimate.hpp"
#include "pairs.hpp"

namespace genet::inline GENET_ISA::metrics {

/// Ten deviations of Parzen windows from 0.1 to 1, equally far apart in logarithm: those of Goodfellow et al. 2014.
inline constexpr std::array<double, 10> parzen_deviations{0.1,
                                                          0.12915496650148839,
                                                          0.16681005372000587,
                                                          0.21544346900318834,
                                                          0.27825594022071243,
                                                          0.35938136638046259,
                                                          0.46415888336127775,
                                                          0.59948425031894070,
                                                          0.77426368268112677,
                                                          1.0};

namespace detail {

// Sum of exp(-scale (squares[j] - least)).
inline double sum_of_exponentials(std::span<const double> squares, double least, double scale) {
  using V = tensor::simd<double>;
  V sum(0.);
  tensor::each_vector<double>(static_cast<long>(squares.size()), [&](long j, long count) {
    // lanes beyond the end are so far away that they add nothing
    const V x = tensor::load_partial(squares.data() + j, count, least + 1e4 / scale);
    sum = sum + xsimd::exp((V(least) - x) * V(scale));
  });
  return tensor::horizontal_sum(sum);
}

// Log-densities of test points under the mixtures of normal distributions around the samples: (deviations, test).
inline std::vector<double> parzen_densities(const points& samples, const points& test,
                                            std::span<const double> deviations, tensor::team& t) {
  if (deviations.empty()) errors::raise<usage_error>({"parzen: expected a deviation"});
  for (const double s : deviations)
    if (!(s > 0 && std::isfinite(s))) errors::raise<usage_error>({"parzen: expected deviations above zero"});
  check("parzen", test, samples, 1);
  std::vector<double> logs(deviations.size() * static_cast<std::size_t>(test.count()));
  each_row_of_distances(test, samples, t, [&](long i, std::span<const double> squares) {
    const double least = *std::ranges::min_element(squares);
    for (std::size_t k = 0; k < deviations.size(); ++k) {
      const double variance = deviations[k] * deviations[k];
      logs[k * static_cast<std::size_t>(test.count()) + static_cast<std::size_t>(i)] =
          std::log(sum_of_exponentials(squares, least, 0.5 / variance)) - 0.5 * least / variance -
          std::log(static_cast<double>(squares.size())) -
          0.5 * static_cast<double>(test.dimension()) * std::log(2 * std::numbers::pi * variance);
    }
  });
  return logs;
}

}  // namespace detail

/// Mean log-likelihood of test points, in nats, under equal normal distributions of this deviation around the
/// samples: log p(x) = log(1/n sum_i N(x; s_i, deviation^2 I)). A measure that is fooled easily (Theis et al. 2016,
/// arXiv 1511.01844): for comparison with published numbers. Breuleux et al. 2011. Throws usage_error unless
/// deviation > 0, bad_input for other dimensions, no points, NaN. SciPy and scikit-learn:
/// KernelDensity(kernel="gaussian").
inline estimate parzen_log_likelihood(const points& samples, const points& test, double deviation,
                                      tensor::team& t = tensor::alone()) {
  return detail::mean_of(detail::parzen_densities(samples, test, {&deviation, 1}, t));
}

/// Which of `deviations` gives validation points (apart from samples and test points) the highest likelihood.
inline double parzen_deviation(const points& samples, const points& validation,
                               std::span<const double> deviations = parzen_deviations,
                               tensor::team& t = tensor::alone()) {
  const auto logs = detail::parzen_densities(samples, validation, deviations, t);
  const auto n = static_cast<std::size_t>(validation.count());
  std::size_t best = 0;
  const auto mean = [&](std::size_t k) { return detail::mean_of(std::span(logs).subspan(k * n, n)).mean; };
  for (std::size_t k = 1; k < deviations.size(); ++k)
    if (mean(k) > mean(best)) best = k;
  return deviations[best];
}

}  // namespace genet::inline GENET_ISA::metrics
