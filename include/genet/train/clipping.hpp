#pragma once
#include <algorithm>
#include <cmath>
#include <concepts>

#include "../tensor/reduce.hpp"
#include "../tensor/simd.hpp"
#include "../tensor/team.hpp"

namespace genet::inline GENET_ISA {

/// What gradients are multiplied by whose norm was `found` and may be `limit`: min(1, limit / (found + 1e-6)); NaN is
/// passed on. PyTorch equivalent: what nn.utils.clip_grad_norm_ does with error_if_nonfinite false.
inline double clip_factor(double found, double limit) {
  return std::isnan(found) ? found : std::min(1.0, limit / (found + 1e-6));
}

namespace clipping_detail {

template <class T, class F>
void for_each_gradient(T* g, long n, tensor::team& team, const F& f) {
  team.divide(n, 8192, [&](long first, long count) {
    for (long i = first; i < first + count; i += tensor::width<T>) {
      const tensor::lane<T> x = tensor::load_partial(g + i, first + count - i);
      tensor::store_partial(g + i, f(x).v, first + count - i);
    }
  });
}

}  // namespace clipping_detail

/// Limits each of n gradients to [-limit, limit]; NaN stays NaN. PyTorch equivalent: nn.utils.clip_grad_value_.
template <std::floating_point T>
void clip_by_value(T* g, long n, double limit, tensor::team& team = tensor::alone()) {
  clipping_detail::for_each_gradient(g, n, team, [=](auto x) { return max(min(x, limit), -limit); });
}

/// Multiplies n gradients by `clip_factor` and returns the norm that was found. Optimisers can do that in their own
/// pass: step_facts::gradient_scale. PyTorch equivalent: nn.utils.clip_grad_norm_.
template <std::floating_point T>
double clip_by_norm(T* g, long n, double limit, tensor::team& team = tensor::alone()) {
  const double found = std::sqrt(tensor::sum_of_squares(g, n, team)), factor = clip_factor(found, limit);
  if (factor != 1) clipping_detail::for_each_gradient(g, n, team, [=](auto x) { return factor * x; });
  return found;
}

}  // namespace genet
