#pragma once
#include <genet/inference/slice.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace genet::inline GENET_ISA::inference {

/// Gibbs sampling: one block of parameters after the other, each given all the others, by the updates that the model
/// lists. Geman, Geman: Stochastic relaxation, Gibbs distributions (1984); steps within Gibbs: Tierney, Markov chains
/// for exploring posterior distributions (1994).
///
///   auto conditionals() const {
///     return std::tuple{[this](auto& theta, inference::chance& c) { theta[0] = c.normal(mean, sd(theta[1])); },
///                       inference::slice_update{.first = 1}};
///   }
///
/// An update is a function that draws a block from its conditional distribution, or anything else that keeps the
/// posterior, such as allocations that are drawn and forgotten; or a step of single free numbers.
struct gibbs {
  int chains = 4;
  long warmup = 500;
  long iterations = 2000;  // kept, of each chain
  long thinning = 1;       // rounds of all updates for one iteration
  std::uint64_t seed = 1;
};

/// Slice steps of `count` free numbers, one after the other; warm-up learns the widths.
struct slice_update {
  int first = 0, count = 1;
  double width = 1;
  int most_steps = 50;
};

/// The same by a normal proposal for each; warm-up learns the deviations.
struct metropolis_update {
  int first = 0, count = 1;
  double step_size = 1;
  double target_acceptance = 0.44;
};

namespace detail {

/// Where a chain is, as free numbers and as parameters.
template <class Model>
struct gibbs_place {
  typename posterior<Model>::point x;
  typename posterior<Model>::constrained theta;
  double log_density = 0;
};

/// One chain's copy of an update, with what warm-up learns.
template <class Model, class Update>
class gibbs_block {
 public:
  explicit gibbs_block(const Update& u) : update_(u) {}
  void move(const posterior<Model>& target, gibbs_place<Model>& z, chance& c, long, long) {
    constexpr bool is_one = std::invocable<Update&, typename posterior<Model>::constrained&, chance&>;
    static_assert(is_one,
                  "an update of gibbs is a function of (std::array<double, N>& theta, chance&), a slice_update or a "
                  "metropolis_update");
    if constexpr (is_one) update_(z.theta, c);
    z.x = target.release(z.theta);
    z.log_density = target.log_density(z.x);
    if (z.log_density == -INFINITY) throw bad_input("it drew " + show(z.theta) + ", which has probability 0");
  }

 private:
  Update update_;
};

template <class Model, class Update>
void check_range(const Update& u, const char* who) {
  constexpr int n = posterior<Model>::free_dimension;
  if (u.first < 0 || u.count < 1 || u.count > n || u.first > n - u.count)
    errors::raise<usage_error>(
        {who, ": found free numbers ", u.first, " to ", u.first + u.count - 1, ", expected some of 0 to ", n - 1});
}

template <class Model>
class gibbs_block<Model, slice_update> {
 public:
  explicit gibbs_block(const slice_update& u)
      : u_(u), widths_(static_cast<std::size_t>(std::max(u.count, 0)), u.width) {
    check_range<Model>(u, "slice_update");
    check_slice(u.width, u.most_steps, "slice_update");
  }
  void move(const posterior<Model>& target, gibbs_place<Model>& z, chance& c, long iteration, long warmup) {
    for (std::size_t i = 0; i < widths_.size(); ++i) {
      const std::size_t k = static_cast<std::size_t>(u_.first) + i;
      const double from = z.x[k];
      slice_step(target, z.x, k, z.log_density, widths_[i], u_.most_steps, c);
      if (iteration < warmup) widths_[i] = learnt_width(widths_[i], z.x[k] - from, iteration);
    }
    z.theta = target.constrain(z.x);
  }

 private:
  slice_update u_;
  std::vector<double> widths_;
};

template <class Model>
class gibbs_block<Model, metropolis_update> {
 public:
  explicit gibbs_block(const metropolis_update& u)
      : u_(u), steps_(static_cast<std::size_t>(std::max(u.count, 0)), u.step_size) {
    check_range<Model>(u, "metropolis_update");
    if (!(u.step_size > 0 && std::isfinite(u.step_size)) || !(u.target_acceptance > 0 && u.target_acceptance < 1))
      throw usage_error("metropolis_update: expected a step_size above 0, a target_acceptance between 0 and 1");
  }
  void move(const posterior<Model>& target, gibbs_place<Model>& z, chance& c, long iteration, long warmup) {
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const std::size_t k = static_cast<std::size_t>(u_.first) + i;
      const double from = z.x[k];
      z.x[k] += steps_[i] * c.normal();
      const double there = std::isfinite(z.x[k]) ? target.log_density(z.x) : -INFINITY;
      const double acceptance = std::min(1., std::exp(there - z.log_density));
      if (c.uniform() < acceptance)
        z.log_density = there;
      else
        z.x[k] = from;
      if (iteration < warmup)
        steps_[i] = std::clamp(steps_[i] * std::exp((acceptance - u_.target_acceptance) /
                                                    std::pow(static_cast<double>(iteration + 1), 0.6)),
                               1e-300, 1e100);
    }
    z.theta = target.constrain(z.x);
  }

 private:
  metropolis_update u_;
  std::vector<double> steps_;
};

template <class Model>
auto conditionals_of(const Model& m) {
  static_assert(
      requires { m.conditionals(); },
      "a model for gibbs lists its updates: auto conditionals() const { return std::tuple{...}; }");
  if constexpr (requires { m.conditionals(); })
    return m.conditionals();
  else
    return std::tuple<>();
}

}  // namespace detail

/// Draws from the posterior of `model`, which has `conditionals()` beside its log_density; arguments and errors as of
/// nuts. bad_input too, with the update, where one leaves the constraints or draws what has probability 0;
/// usage_error for steps of free numbers that there are not.
template <bayesian_model Model>
draws sample(const Model& model, const gibbs& o, tensor::team& team = tensor::alone(),
             std::span<const typename posterior<Model>::constrained> starts = {}) {
  const chain_options length{o.chains, o.warmup, o.iterations, o.seed};
  detail::check(length, "gibbs");
  if (o.thinning < 1) errors::raise<usage_error>({"gibbs: found thinning ", o.thinning, ", expected at least 1"});
  const posterior<Model> target(model);
  return detail::run_chains<Model>(length, team, false, [&](int chain, draws& out) {
    auto blocks = std::apply(
        [](const auto&... updates) {
          return std::tuple{detail::gibbs_block<Model, std::remove_cvref_t<decltype(updates)>>(updates)...};
        },
        detail::conditionals_of(model));
    detail::gibbs_place<Model> z;
    z.x = detail::starting_point(target, length, chain, starts);
    z.theta = target.constrain(z.x);
    z.log_density = target.log_density(z.x);
    for (long i = 0; i < o.warmup + o.iterations; ++i) {
      chance c(o.seed, chain, static_cast<std::uint64_t>(i + 1));
      for (long k = 0; k < o.thinning; ++k) {
        int number = 0;
        try {
          std::apply([&](auto&... block) { ((++number, block.move(target, z, c, i, o.warmup)), ...); }, blocks);
        } catch (const bad_input& e) {
          errors::raise<bad_input>({"gibbs: update ", number, " of ", type_name<Model>(), ": ", e.what()});
        }
      }
      if (i >= o.warmup) detail::keep(out, chain, i - o.warmup, z.theta, z.log_density);
    }
    out.acceptance[static_cast<std::size_t>(chain)] = 1;
  });
}

}  // namespace genet::inline GENET_ISA::inference
