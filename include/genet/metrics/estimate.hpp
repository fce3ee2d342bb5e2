#pragma once
#include <cmath>
#include <span>

#include "../declare/isa.hpp"

namespace genet::inline GENET_ISA::metrics {

/// Mean of independent terms and how far off it is likely to be: their deviation over the root of their number.
struct estimate {
  double mean = 0, standard_error = 0;
};

namespace detail {

inline estimate mean_of(std::span<const double> x) {
  const double n = static_cast<double>(x.size());
  double sum = 0, squares = 0;
  for (const double v : x) sum += v;
  for (const double v : x) squares += (v - sum / n) * (v - sum / n);
  return {sum / n, x.size() < 2 ? 0. : std::sqrt(squares / (n - 1) / n)};
}

}  // namespace detail

}  // namespace genet::inline GENET_ISA::metrics
