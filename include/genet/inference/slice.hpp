#pragma once
#include <genet/inference/chains.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

namespace genet::inline GENET_ISA::inference {

/// Slice sampling of one free number after the other, by stepping out and shrinkage. Needs no gradient and hardly any
/// tuning: warm-up learns the widths. Neal: Slice sampling (Annals of Statistics 31, 2003).
struct slice {
  int chains = 4;
  long warmup = 500;
  long iterations = 2000;  // kept, of each chain; each moves all numbers once
  std::uint64_t seed = 1;
  double width = 1;     // of the first interval, to begin with
  int most_steps = 50;  // that an interval is widened
};

namespace detail {

/// A slice step of free number `k`; `log_density` is that at x, before and after.
template <class Model>
void slice_step(const posterior<Model>& target, typename posterior<Model>::point& x, std::size_t k,
                double& log_density, double width, int most_steps, chance& c) {
  const double from = x[k], level = log_density + std::log1p(-c.uniform());
  const auto density = [&](double v) {
    x[k] = v;
    return std::isfinite(v) ? target.log_density(x) : -INFINITY;
  };
  // The widening is divided between both ends at random, without which it would not be reversible.
  double low = from - width * c.uniform(), high = low + width;
  int left = static_cast<int>(c.uniform() * most_steps), right = most_steps - 1 - left;
  while (left-- > 0 && density(low) > level) low -= width;
  while (right-- > 0 && density(high) > level) high += width;
  const double found = high - low;
  for (;;) {
    const double v = low + c.uniform() * (high - low);
    log_density = density(v);
    if (log_density > level) return;
    (v < from ? low : high) = v;
    if (!(high - low > 1e-15 * found)) {  // the slice is the point itself, but for rounding
      log_density = density(from);
      return;
    }
  }
}

/// The width that warm-up makes of it after a step over `distance`: towards twice the mean distance.
inline double learnt_width(double width, double distance, long iteration) {
  return std::clamp(width + (2 * std::abs(distance) - width) / std::sqrt(static_cast<double>(iteration + 2)), 1e-100,
                    1e100);
}

inline void check_slice(double width, int most_steps, const char* who) {
  if (!(width > 0 && std::isfinite(width)))
    errors::raise<usage_error>({who, ": width must be a number above 0"});
  if (most_steps < 1) errors::raise<usage_error>({who, ": found most_steps ", most_steps, ", expected at least 1"});
}

}  // namespace detail

/// Draws from the posterior of `model`; arguments and errors as of nuts.
template <bayesian_model Model>
draws sample(const Model& model, const slice& o, tensor::team& team = tensor::alone(),
             std::span<const typename posterior<Model>::constrained> starts = {}) {
  const chain_options length{o.chains, o.warmup, o.iterations, o.seed};
  detail::check(length, "slice");
  detail::check_slice(o.width, o.most_steps, "slice");
  const posterior<Model> target(model);
  return detail::run_chains<Model>(length, team, false, [&](int chain, draws& out) {
    auto x = detail::starting_point(target, length, chain, starts);
    double log_density = target.log_density(x);
    auto widths = x;
    widths.fill(o.width);
    for (long i = 0; i < o.warmup + o.iterations; ++i) {
      chance c(o.seed, chain, static_cast<std::uint64_t>(i + 1));
      for (std::size_t k = 0; k < x.size(); ++k) {
        const double from = x[k];
        detail::slice_step(target, x, k, log_density, widths[k], o.most_steps, c);
        if (i < o.warmup) widths[k] = detail::learnt_width(widths[k], x[k] - from, i);
      }
      if (i >= o.warmup) detail::keep(out, chain, i - o.warmup, target.constrain(x), log_density);
    }
    out.acceptance[static_cast<std::size_t>(chain)] = 1;
  });
}

}  // namespace genet::inline GENET_ISA::inference
