#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "../declare/error.hpp"
#include "../metrics/estimate.hpp"
#include "diagnostics.hpp"

namespace genet::inline GENET_ISA::inference {

/// How two models differ on the same points.
struct paired_comparison {
  long count = 0;             // of points
  double difference = 0;      // mean of first - second
  double standard_error = 0;  // of it
  double low = 0, high = 0;   // where it lies with the asked confidence
  double p_value = 1;         // of a difference at least as far from 0 if there were none
};

/// Compares what two models have for the same points - log-likelihoods, losses, 0 or 1 for right or wrong - by the
/// differences of each point, since points that are hard for one model are so for the other: far sharper than two
/// means with their own errors. Student's paired t test, so the mean of the differences has to be about normal, as that
/// of hundreds of points is. Throws usage_error for a confidence outside of (0, 1), bad_input for fewer than two
/// points, another number of them, values that are not finite. SciPy: stats.ttest_rel.
inline paired_comparison compare(std::span<const double> first, std::span<const double> second,
                                 double confidence = 0.95) {
  if (!(confidence > 0 && confidence < 1))
    errors::raise<usage_error>({"compare: found confidence ", std::to_string(confidence), ", expected 0 to 1"});
  if (first.size() != second.size() || first.size() < 2)
    errors::raise<bad_input>({"compare: found ", first.size(), " and ", second.size(),
                              " values, expected both of the same points, and at least two"});
  std::vector<double> apart(first.size());
  for (std::size_t i = 0; i < apart.size(); ++i) {
    apart[i] = first[i] - second[i];
    if (!std::isfinite(apart[i]))
      errors::raise<bad_input>({"compare: point ", i, ": found ", std::to_string(first[i]), " and ",
                                std::to_string(second[i]), ", expected finite values"});
  }
  const metrics::estimate e = metrics::detail::mean_of(apart);
  paired_comparison c{.count = static_cast<long>(apart.size()), .difference = e.mean,
                      .standard_error = e.standard_error};
  // |T| > t as often as a number of Beta(degrees / 2, 1 / 2) is below degrees / (degrees + t^2).
  const double degrees = static_cast<double>(apart.size() - 1);
  const double x = detail::beta_quantile(1 - confidence, degrees / 2, 0.5);
  const double reach = e.standard_error * std::sqrt(degrees * (1 - x) / x);
  c.low = e.mean - reach;
  c.high = e.mean + reach;
  if (e.standard_error > 0) {
    const double t = e.mean / e.standard_error;
    c.p_value = std::min(detail::beta_distribution(degrees / 2, 0.5, degrees / (degrees + t * t)), 1.);
  } else {
    c.p_value = e.mean == 0 ? 1 : 0;
  }
  return c;
}

}  // namespace genet::inline GENET_ISA::inference
