#pragma once
#include <genet/inference/hamiltonian.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

namespace genet::inline GENET_ISA::inference {

/// Hamiltonian Monte Carlo: trajectories of a random number of leapfrog steps, accepted or refused as a whole. Duane
/// et al.: Hybrid Monte Carlo (1987); Neal: MCMC using Hamiltonian dynamics (2011). The number of steps is uniform up
/// to integration_time / step size (at most max_steps), so that no period of the posterior is met again and again.
struct hmc {
  int chains = 4;
  long warmup = 1000;
  long iterations = 1000;  // kept, of each chain
  std::uint64_t seed = 1;
  double target_acceptance = 0.8;  // that warm-up chooses the step size for
  metric shape = metric::diagonal;
  double integration_time = 3;  // in units of the metric: a half period of a normal distribution is pi
  int max_steps = 1000;
  double step_size = 1;  // to begin with; with warmup = 0 the one
};

/// Draws from the posterior of `model`; arguments and errors as of nuts.
template <bayesian_model Model>
draws sample(const Model& model, const hmc& o, tensor::team& team = tensor::alone(),
             std::span<const typename posterior<Model>::constrained> starts = {}) {
  if (!(o.integration_time > 0) || o.max_steps < 1)
    throw usage_error("hmc: expected an integration_time above 0 and max_steps of at least 1");
  return detail::run_hamiltonian(
      model, {o.chains, o.warmup, o.iterations, o.seed}, {o.target_acceptance, o.step_size, o.shape}, "hmc", starts,
      team, [&](const auto& target, const auto& m, double step, auto& z, chance& c) {
        m.draw(z.p, c);
        const auto before = z;
        const double first = detail::energy(z, m);
        const double longest = std::clamp(std::ceil(o.integration_time / step), 1., static_cast<double>(o.max_steps));
        const int steps = 1 + static_cast<int>(c.uniform() * longest);
        detail::transition_report r;
        double error = 0;
        while (r.gradients < steps && !r.divergent) {
          detail::leapfrog(target, m, step, z);
          ++r.gradients;
          error = detail::energy(z, m) - first;
          r.divergent = error > detail::divergent_error;
        }
        r.acceptance = std::min(1., std::exp(-error));
        if (!(c.uniform() < r.acceptance)) z = before;
        r.energy = detail::energy(z, m);
        return r;
      });
}

}  // namespace genet::inline GENET_ISA::inference
