#pragma once
// What all samplers share: where chains start, running them on threads, and the draws that come out.

#include <genet/inference/chance.hpp>
#include <genet/inference/diagnostics.hpp>
#include <genet/inference/posterior.hpp>
#include <genet/tensor/linear.hpp>
#include <genet/tensor/team.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace genet::inline GENET_ISA::inference {

/// What chains drew. Values are kept quantity by quantity, of each chain after chain.
struct draws {
  int chains = 0;
  long iterations = 0;
  int dimension = 0;                      // constrained parameters, and quantities added to them
  std::vector<std::string> names;         // of them
  std::vector<double> values;             // (dimension, chains, iterations)
  std::vector<double> log_density;        // (chains, iterations), over free numbers
  std::vector<double> energy;             // (chains, iterations), Hamiltonian samplers only
  std::vector<int> gradient_evaluations;  // (chains, iterations), Hamiltonian samplers only
  std::vector<char> divergent;            // (chains, iterations), Hamiltonian samplers only: not 0 if it was one
  std::vector<double> log_weights;        // (chains, iterations), of fits only: posterior over fit, up to a constant
  std::vector<long> divergences;          // of each chain after warm-up: steps whose energy error exceeded 1000
  std::vector<long> longest;              // of each chain: iterations that the largest tree ended
  std::vector<double> acceptance;         // of each chain after warm-up, mean
  std::vector<double> step_size;          // of each chain, as warm-up left it

  /// All draws of parameter `i`. usage_error if there is none.
  chain_draws of(int i) const {
    if (i < 0 || i >= dimension) errors::raise<usage_error>({"draws of parameter ", i, ": there are ", dimension});
    const auto n = static_cast<std::size_t>(chains * iterations);
    return {std::span(values).subspan(static_cast<std::size_t>(i) * n, n), chains};
  }
  quantity_summary summary(int i) const { return summarise(of(i)); }
  /// One more quantity, a function of each draw's parameters (and of what was added before).
  template <class F>
  draws& add(std::string name, const F& f) {
    const auto n = static_cast<std::size_t>(chains * iterations), d = static_cast<std::size_t>(dimension);
    std::vector<double> theta(d);
    for (std::size_t k = 0; k < n; ++k) {
      for (std::size_t i = 0; i < d; ++i) theta[i] = values[i * n + k];
      values.push_back(f(std::span<const double>(theta)));
    }
    names.push_back(std::move(name));
    ++dimension;
    return *this;
  }
  /// E-BFMI of one chain of a Hamiltonian sampler; NaN of others.
  double e_bfmi_of(int chain) const {
    if (energy.empty()) return detail::not_defined;
    const auto n = static_cast<std::size_t>(iterations);
    return e_bfmi(std::span(energy).subspan(static_cast<std::size_t>(chain) * n, n));
  }
  long all_divergences() const {
    long sum = 0;
    for (const long n : divergences) sum += n;
    return sum;
  }
};

/// How many chains, and how long.
struct chain_options {
  int chains = 4;
  long warmup = 1000;      // iterations that adapt, not kept
  long iterations = 1000;  // kept, of each chain
  std::uint64_t seed = 1;
};

namespace detail {

inline void check(const chain_options& o, const char* who) {
  constexpr int most = 1 << 16;
  if (o.chains < 1 || o.chains > most)
    errors::raise<usage_error>({who, ": found ", o.chains, " chains, expected 1 to ", most});
  if (o.iterations < 1 || o.warmup < 0)
    errors::raise<usage_error>({who, ": found ", o.iterations, " iterations after a warm-up of ", o.warmup,
                                ", expected at least 1 after at least 0"});
}

/// A start of positive density: the given one, or the first of a hundred draws, from the prior where the model can
/// draw from it, else uniform in (-2, 2) of the free numbers.
template <class Model>
typename posterior<Model>::point starting_point(const posterior<Model>& p, const chain_options& o, int chain,
                                                std::span<const typename posterior<Model>::constrained> starts) {
  typename posterior<Model>::point x, gradient;
  if (!starts.empty()) {
    const auto& theta = starts[static_cast<std::size_t>(chain) % starts.size()];
    x = p.release(theta);
    if (p.log_density(x, gradient) == -INFINITY)
      errors::raise<bad_input>({"chain ", chain, ": its start ", show(theta), " has probability 0"});
    return x;
  }
  constexpr int tries = 100;
  chance c(o.seed, chain, 0);
  for (int i = 0; i < tries; ++i) {
    if constexpr (has_prior<Model>)
      x = p.release(p.model().sample_prior(c));
    else
      for (double& v : x) v = 4 * c.uniform() - 2;
    if (p.log_density(x, gradient) > -INFINITY) return x;
  }
  errors::raise<bad_input>({"chain ", chain, ": ", tries,
                            has_prior<Model> ? " draws from the prior of " : " random starts of ", type_name<Model>(),
                            " have probability 0, the last one ", show(p.constrain(x)), "; give starts"});
}

/// Runs f(chain, draws) for each chain on the team's threads; the first chain's error wins, whoever was faster.
template <class Model, class F>
draws run_chains(const chain_options& o, tensor::team& team, bool hamiltonian, const F& f) {
  draws out;
  out.chains = o.chains;
  out.iterations = o.iterations;
  out.dimension = posterior<Model>::dimension;
  out.names = parameter_names<Model>();
  const auto chains = static_cast<std::size_t>(o.chains), all = chains * static_cast<std::size_t>(o.iterations);
  out.values.resize(all * static_cast<std::size_t>(out.dimension));
  out.log_density.resize(all);
  if (hamiltonian) {
    out.energy.resize(all);
    out.gradient_evaluations.resize(all);
    out.divergent.resize(all);
  }
  for (auto* counts : {&out.divergences, &out.longest}) counts->resize(chains);
  for (auto* means : {&out.acceptance, &out.step_size}) means->resize(chains);
  std::vector<std::exception_ptr> errors(chains);
  team.run(o.chains, [&](int chain) {
    try {
      f(chain, out);
    } catch (...) {
      errors[static_cast<std::size_t>(chain)] = std::current_exception();
    }
  });
  for (const auto& e : errors)
    if (e) std::rethrow_exception(e);
  return out;
}

/// Keeps `theta` as draw `iteration` of `chain`.
template <std::size_t N>
void keep(draws& to, int chain, long iteration, const std::array<double, N>& theta, double log_density) {
  const auto at = static_cast<std::size_t>(chain * to.iterations + iteration);
  const auto all = static_cast<std::size_t>(to.chains * to.iterations);
  for (std::size_t i = 0; i < N; ++i) to.values[i * all + at] = theta[i];
  to.log_density[at] = log_density;
}

/// Independent draws from a normal distribution over the free numbers: `mean`, and the Cholesky factor of the
/// covariance, row-major.
template <class Model>
draws normal_draws(const posterior<Model>& target, const typename posterior<Model>::point& mean,
                   const std::vector<double>& factor, const chain_options& o, tensor::team& team) {
  constexpr long n = posterior<Model>::free_dimension;
  std::vector<double> log_weights(static_cast<std::size_t>(o.chains) * static_cast<std::size_t>(o.iterations));
  draws made = run_chains<Model>(o, team, false, [&](int chain, draws& out) {
    for (long i = 0; i < o.iterations; ++i) {
      chance c(o.seed, chain, static_cast<std::uint64_t>(i + 1));
      typename posterior<Model>::point z, x = mean;
      c.normal(z);
      for (long k = 0; k < n; ++k)
        x[static_cast<std::size_t>(k)] += tensor::dot(factor.data() + k * n, z.data(), k + 1);
      const double log_density = target.log_density(x);
      keep(out, chain, i, target.constrain(x), log_density);
      log_weights[static_cast<std::size_t>(chain * o.iterations + i)] =
          log_density + tensor::dot(z.data(), z.data(), n) / 2;
    }
    out.acceptance[static_cast<std::size_t>(chain)] = 1;
  });
  made.log_weights = std::move(log_weights);
  return made;
}

}  // namespace detail
}  // namespace genet::inline GENET_ISA::inference
