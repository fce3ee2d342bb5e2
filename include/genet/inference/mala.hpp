#pragma once
#include <genet/inference/hamiltonian.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

namespace genet::inline GENET_ISA::inference {

/// The Metropolis-adjusted Langevin algorithm: a step along the gradient and noise, which is one leapfrog step from a
/// fresh momentum, accepted or refused. Roberts, Tweedie: Exponential convergence of Langevin distributions (1996);
/// the acceptance is that of Roberts, Rosenthal: Optimal scaling (1998).
struct mala {
  int chains = 4;
  long warmup = 1000;
  long iterations = 4000;  // kept, of each chain
  std::uint64_t seed = 1;
  double target_acceptance = 0.574;  // that warm-up chooses the step size for
  metric shape = metric::dense;
  double step_size = 1;  // to begin with; with warmup = 0 the one
};

/// Draws from the posterior of `model`; arguments and errors as of nuts.
template <bayesian_model Model>
draws sample(const Model& model, const mala& o, tensor::team& team = tensor::alone(),
             std::span<const typename posterior<Model>::constrained> starts = {}) {
  return detail::run_hamiltonian(model, {o.chains, o.warmup, o.iterations, o.seed},
                                 {o.target_acceptance, o.step_size, o.shape}, "mala", starts, team,
                                 [&](const auto& target, const auto& m, double step, auto& z, chance& c) {
                                   m.draw(z.p, c);
                                   const auto before = z;
                                   const double first = detail::energy(z, m);
                                   detail::leapfrog(target, m, step, z);
                                   const double error = detail::energy(z, m) - first;
                                   detail::transition_report r{.acceptance = std::min(1., std::exp(-error)),
                                                               .energy = 0,
                                                               .gradients = 1,
                                                               .divergent = error > detail::divergent_error,
                                                               .longest = false};
                                   if (!(c.uniform() < r.acceptance)) z = before;
                                   r.energy = detail::energy(z, m);
                                   return r;
                                 });
}

}  // namespace genet::inline GENET_ISA::inference
