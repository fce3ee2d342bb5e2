#pragma once
#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>

#include "../tensor/reduce.hpp"
#include "../tensor/simd.hpp"

namespace genet {

/// Limits on gradients; a trainer applies the value first, then the norm. Infinity is no limit.
struct clipping {
  double norm = std::numeric_limits<double>::infinity();   ///< of all gradients together
  double value = std::numeric_limits<double>::infinity();  ///< of each

  /// What gradients of this norm are multiplied by: min(1, norm / (found + 1e-6)).
  /// PyTorch equivalent: nn.utils.clip_grad_norm_ with error_if_nonfinite false.
  double factor(double found) const {
    return std::isinf(norm) ? 1 : std::isnan(found) ? found : std::min(1.0, norm / (found + 1e-6));
  }
};

/// Limits each of n gradients to [-limit, limit]; NaN stays NaN. PyTorch equivalent: nn.utils.clip_grad_value_.
template <std::floating_point T>
void clip_by_value(T* g, long n, double limit) {
  for (long i = 0; i < n; i += tensor::width<T>) {
    const tensor::lane<T> x = tensor::load_partial(g + i, n - i);
    tensor::store_partial(g + i, max(min(x, limit), -limit).v, n - i);
  }
}

/// Scales n gradients so that their norm is at most `limit` (as `clipping::factor` says) and returns the norm that
/// was found. An optimiser can scale in its own pass: step_facts::gradient_scale.
template <std::floating_point T>
double clip_by_norm(T* g, long n, double limit) {
  const double found = std::sqrt(tensor::sum_of_squares(g, n)), factor = clipping{.norm = limit}.factor(found);
  if (factor != 1)
    for (long i = 0; i < n; i += tensor::width<T>)
      tensor::store_partial(g + i, (factor * tensor::lane<T>(tensor::load_partial(g + i, n - i))).v, n - i);
  return found;
}

}  // namespace genet
