#pragma once
#include <genet/inference/hamiltonian.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

namespace genet::inline GENET_ISA::inference {

/// Random-walk Metropolis with normal proposals. Needs no gradient. Warm-up learns the covariance of the proposals
/// and their scale; then both stay, so that the chain keeps the posterior exactly. Metropolis et al. (1953); Haario,
/// Saksman, Tamminen: An adaptive Metropolis algorithm (2001); scale towards an acceptance as in Andrieu, Thoms: A
/// tutorial on adaptive MCMC (2008).
struct metropolis {
  int chains = 4;
  long warmup = 2000;
  long iterations = 2000;  // kept, of each chain
  long thinning = 5;       // proposals for one iteration
  std::uint64_t seed = 1;
  double target_acceptance = 0.234;  // the best one in many dimensions; 0.44 in one
  metric shape = metric::dense;
  double step_size = 0;  // of proposals in units of the metric; 0: 2.38 / sqrt(dimension) to begin with
};

/// Draws from the posterior of `model`; arguments and errors as of nuts.
template <bayesian_model Model>
draws sample(const Model& model, const metropolis& o, tensor::team& team = tensor::alone(),
             std::span<const typename posterior<Model>::constrained> starts = {}) {
  const chain_options length{o.chains, o.warmup, o.iterations, o.seed};
  detail::check(length, "metropolis");
  if (o.thinning < 1)
    errors::raise<usage_error>({"metropolis: found thinning ", o.thinning, ", expected at least 1"});
  if (!(o.target_acceptance > 0 && o.target_acceptance < 1))
    throw usage_error("metropolis: target_acceptance must lie between 0 and 1");
  if (!(o.step_size >= 0 && std::isfinite(o.step_size)))
    throw usage_error("metropolis: step_size must be a number of at least 0");
  constexpr auto N = static_cast<std::size_t>(posterior<Model>::free_dimension);
  const posterior<Model> target(model);
  return detail::run_chains<Model>(length, team, false, [&](int chain, draws& out) {
    const double usual = 2.38 / std::sqrt(static_cast<double>(N));
    auto x = detail::starting_point(target, length, chain, starts);
    double log_density = target.log_density(x), step = o.step_size > 0 ? o.step_size : usual, accepted = 0,
           proposals = 0;
    detail::inverse_metric<N> m;
    detail::running_covariance<N> seen(o.shape == metric::dense);
    const detail::warmup_windows windows(o.warmup);
    for (long i = 0; i < o.warmup + o.iterations; ++i) {
      chance c(o.seed, chain, static_cast<std::uint64_t>(i + 1));
      for (long k = 0; k < o.thinning; ++k) {
        detail::vector<N> p;
        m.draw(p, c);
        p = m.velocity(p);  // of the metric's covariance
        auto there = x;
        bool finite = true;
        for (std::size_t j = 0; j < N; ++j) {
          there[j] += step * p[j];
          finite = finite && std::isfinite(there[j]);
        }
        const double density = finite ? target.log_density(there) : -INFINITY;
        const double acceptance = std::min(1., std::exp(density - log_density));
        if (c.uniform() < acceptance) {
          x = there;
          log_density = density;
        }
        ++proposals;
        if (i >= o.warmup)
          accepted += acceptance;
        else
          step = std::clamp(step * std::exp((acceptance - o.target_acceptance) / std::pow(proposals, 0.6)), 1e-300,
                            1e100);
      }
      if (i >= o.warmup) {
        detail::keep(out, chain, i - o.warmup, target.constrain(x), log_density);
        continue;
      }
      if (o.shape == metric::unit) continue;
      if (windows.learns(i)) seen.add(x);
      if (windows.ends(i) && seen.count() > 1) {
        if (o.shape == metric::diagonal || !m.dense(seen.covariance())) m.diagonal(seen.variances());
        seen.clear();
        step = usual;
        proposals = 0;
      }
    }
    const auto self = static_cast<std::size_t>(chain);
    out.acceptance[self] = accepted / static_cast<double>(o.iterations * o.thinning);
    out.step_size[self] = step;
  });
}

}  // namespace genet::inline GENET_ISA::inference
