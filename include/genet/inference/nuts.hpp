#pragma once
#include <genet/inference/hamiltonian.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

namespace genet::inline GENET_ISA::inference {

/// The no-U-turn sampler: Hamiltonian trajectories that double until they turn back, a multinomial draw among their
/// points. Hoffman, Gelman: The no-U-turn sampler (JMLR 15, 2014); Betancourt: A conceptual introduction to
/// Hamiltonian Monte Carlo (2017), A.4; as in Stan with its extra checks between the halves of a tree.
struct nuts {
  int chains = 4;
  long warmup = 1000;
  long iterations = 1000;  // kept, of each chain
  std::uint64_t seed = 1;
  double target_acceptance = 0.8;  // that warm-up chooses the step size for
  metric shape = metric::diagonal;
  int max_depth = 10;    // of the tree: at most 2^max_depth - 1 gradients an iteration
  double step_size = 1;  // to begin with; with warmup = 0 the one
};

namespace detail {

/// One trajectory that grows at both ends.
template <class Model>
class tree_builder {
 public:
  static constexpr auto N = static_cast<std::size_t>(posterior<Model>::free_dimension);
  using point = vector<N>;

  tree_builder(const posterior<Model>& target, const inverse_metric<N>& m, double step, chance& c)
      : target_(target), metric_(m), step_(step), chance_(c) {}

  transition_report move(phase<N>& z, int max_depth) {
    metric_.draw(z.p, chance_);
    first_energy_ = energy(z, metric_);
    phase<N> forward = z, backward = z, sample = z;
    end ends[2][2];  // [half: backward, forward][its end]
    for (auto& half : ends)
      for (end& e : half) e = {z.p, metric_.velocity(z.p)};
    point sum = z.p;
    double log_weight = 0;
    int depth = 0;
    bool turned = false;
    while (depth < max_depth && !turned) {
      const bool ahead = chance_.uniform() > 0.5;
      direction_ = ahead ? 1 : -1;
      phase<N>& edge = ahead ? forward : backward;
      const std::size_t grown = ahead ? 1 : 0, old = 1 - grown;
      point sums[2];
      sums[old] = sum;
      sums[grown].fill(0);
      ends[old][grown] = ends[grown][grown];  // the old tree is now one half, its end here an inner one
      phase<N> proposal = edge;
      double log_weight_of_half = -INFINITY;
      if (!build(depth, edge, proposal, ends[grown][old], ends[grown][grown], sums[grown], log_weight_of_half)) break;
      ++depth;
      if (accepts(log_weight_of_half - log_weight)) sample = proposal;
      log_weight = log_sum(log_weight, log_weight_of_half);
      for (std::size_t i = 0; i < N; ++i) sum[i] = sums[0][i] + sums[1][i];
      turned = !goes_on(ends[0][0], ends[1][1], sum) ||
               !goes_on(ends[0][0], ends[1][0], plus(sums[0], ends[1][0].p)) ||
               !goes_on(ends[0][1], ends[1][1], plus(sums[1], ends[0][1].p));
    }
    z = sample;
    return {.acceptance = gradients_ > 0 ? acceptance_ / gradients_ : 0,
            .energy = energy(z, metric_),
            .gradients = gradients_,
            .divergent = divergent_,
            .longest = depth == max_depth && !turned};
  }

 private:
  struct end {
    point p, velocity;
  };

  /// 2^depth more points beyond `z`, which moves along. `proposal` is a draw among them, `inner` and `outer` are
  /// their ends. False if a part of them turns back or diverges.
  bool build(int depth, phase<N>& z, phase<N>& proposal, end& inner, end& outer, point& sum, double& log_weight) {
    if (depth == 0) {
      leapfrog(target_, metric_, direction_ * step_, z);
      ++gradients_;
      const double error = energy(z, metric_) - first_energy_;
      if (error > divergent_error) divergent_ = true;
      log_weight = log_sum(log_weight, -error);
      acceptance_ += error < 0 ? 1 : std::exp(-error);
      proposal = z;
      inner = outer = {z.p, metric_.velocity(z.p)};
      for (std::size_t i = 0; i < N; ++i) sum[i] += z.p[i];
      return !divergent_;
    }
    end middle[2];
    point sums[2] = {};
    double weights[2] = {-INFINITY, -INFINITY};
    if (!build(depth - 1, z, proposal, inner, middle[0], sums[0], weights[0])) return false;
    phase<N> second = z;
    if (!build(depth - 1, z, second, middle[1], outer, sums[1], weights[1])) return false;
    const double both = log_sum(weights[0], weights[1]);
    if (accepts(weights[1] - both)) proposal = second;
    log_weight = log_sum(log_weight, both);
    const point here = plus(sums[0], sums[1]);
    sum = plus(sum, here);
    return goes_on(inner, outer, here) && goes_on(inner, middle[1], plus(sums[0], middle[1].p)) &&
           goes_on(middle[0], outer, plus(sums[1], middle[0].p));
  }

  static bool goes_on(const end& a, const end& b, const point& sum) {
    return inner(a.velocity, sum) > 0 && inner(b.velocity, sum) > 0;
  }
  static double inner(const point& a, const point& b) { return detail::inner(a, b); }
  static point plus(const point& a, const point& b) {
    point out;
    for (std::size_t i = 0; i < N; ++i) out[i] = a[i] + b[i];
    return out;
  }
  static double log_sum(double a, double b) {
    const double top = std::max(a, b);
    return top == -INFINITY ? top : top + std::log(std::exp(a - top) + std::exp(b - top));
  }
  bool accepts(double log_odds) { return log_odds > 0 || chance_.uniform() < std::exp(log_odds); }

  const posterior<Model>& target_;
  const inverse_metric<N>& metric_;
  double step_, first_energy_ = 0, acceptance_ = 0;
  chance& chance_;
  int direction_ = 1, gradients_ = 0;
  bool divergent_ = false;
};

}  // namespace detail

/// Draws from the posterior of `model`. Chains run on the team's threads; the draws are the same for any number of
/// them. `starts` are constrained parameters, of one chain each, again from the first if there are fewer; without
/// them chains start where the free numbers are uniform in (-2, 2). bad_input for a start of probability 0 and for
/// densities that are none (inference/posterior.hpp), usage_error for options out of range. Stan: method = sample,
/// algorithm = hmc, engine = nuts.
template <bayesian_model Model>
draws sample(const Model& model, const nuts& o, tensor::team& team = tensor::alone(),
             std::span<const typename posterior<Model>::constrained> starts = {}) {
  if (o.max_depth < 1 || o.max_depth > 30)
    errors::raise<usage_error>({"nuts: found max_depth ", o.max_depth, ", expected 1 to 30"});
  return detail::run_hamiltonian(model, {o.chains, o.warmup, o.iterations, o.seed},
                                 {o.target_acceptance, o.step_size, o.shape}, "nuts", starts, team,
                                 [&](const auto& target, const auto& m, double step, auto& z, chance& c) {
                                   return detail::tree_builder<Model>(target, m, step, c).move(z, o.max_depth);
                                 });
}

}  // namespace genet::inline GENET_ISA::inference
