#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "importance_bound.hpp"
#include "latent_posterior.hpp"

namespace genet::inline GENET_ISA {

/// How log p(x) is found by way of distributions between prior and posterior.
struct annealing {
  long temperatures = 1000;       ///< steps from prior to posterior
  long chains = 16;               ///< of each example
  double integration_time = 1.6;  ///< of the transition at each temperature, as of latent_chains
  long leapfrog_steps = 10;       ///< at most, of a transition
  double target_acceptance = 0.8;
  std::uint64_t seed = 1;
  double variance = 1;            ///< of a gaussian likelihood with fixed_variance
};

/// What `bidirectional_bound` finds of examples that the model itself drew.
struct bidirectional_bounds {
  likelihood_estimate lower, upper;  ///< log p(x), in expectation not above it and not below it
  double gap = 0;                    ///< of the means: no estimate of such examples is further off, in expectation
};

namespace latent {

/// The share of the likelihood after t of n steps: a power, since most happens where it begins to count (Friel &
/// Pettitt 2008).
inline double inverse_temperature(long t, long n) {
  const double share = static_cast<double>(t) / static_cast<double>(n);
  return share * share * share * share;
}

/// Chains of a block on their way from the prior to the posterior, or back.
class annealer {
 public:
  /// `variances` of the posterior, (rows, latent), as the encoder thinks. They set the scales on the way, too: those
  /// of a normal posterior.
  annealer(code_likelihood& l, const annealing& o, long first, std::vector<double> variances)
      : likelihood_(&l), o_(o), first_(first), variances_(std::move(variances)) {}

  /// A run of its own finds a step size for each example at each temperature. What follows does not adapt, so that it
  /// is exact.
  void learn_steps() {
    const long n = std::min(o_.temperatures, std::max(50L, o_.temperatures / 5));
    const std::size_t examples = static_cast<std::size_t>(likelihood_->rows() / o_.chains);
    std::vector<double> logs(examples, std::log(0.5)), learnt;
    lockstep all = from_prior(pilot);
    go(all, n, false, [&](long) { share_out(all, logs.data()); },
       [&](long) {
         for (std::size_t e = 0; e < examples; ++e) {
           double mean = 0;
           for (std::size_t c = 0; c < chains(); ++c)
             mean += all.verdict(e * chains() + c) / static_cast<double>(o_.chains);
           logs[e] += 0.3 * (mean - o_.target_acceptance);
         }
         learnt.insert(learnt.end(), logs.begin(), logs.end());
       });
    log_steps_ = std::move(learnt);
  }

  /// Log-weights of chains from the prior, (rows): the mean of the weights of an example is p(x) in expectation.
  std::vector<double> forward() {
    lockstep all = from_prior(annealed);
    return along(all, false);
  }
  /// The same sums along chains from codes (rows, latent) that were drawn from the posterior: the mean of the inverses
  /// is 1 / p(x) in expectation.
  std::vector<double> backward(std::vector<double> z) {
    lockstep all(*likelihood_, o_, reversed, first_ * o_.chains);
    all.z = std::move(z);
    look("bidirectional_bound", all, first_, o_.chains);
    return along(all, true);
  }

 private:
  std::size_t chains() const { return static_cast<std::size_t>(o_.chains); }

  lockstep from_prior(kind k) {
    lockstep all(*likelihood_, o_, k, first_ * o_.chains);
    rng::normal<double>(all.z, {o_.seed, stream_of(k, start), 0},
                        static_cast<std::uint64_t>(first_ * o_.chains * likelihood_->size()));
    look("annealed_bound", all, first_, o_.chains);
    return all;
  }
  void share_out(lockstep& all, const double* logs) const {
    for (std::size_t r = 0; r < all.rows(); ++r) all.steps[r] = std::exp(logs[r / chains()]);
  }
  std::vector<double> along(lockstep& all, bool back) const {
    const std::size_t examples = all.rows() / chains(), learnt = log_steps_.size() / examples;
    const auto n = static_cast<std::size_t>(o_.temperatures);
    return go(
        all, o_.temperatures, back,
        [&](long t) {
          share_out(all, log_steps_.data() + static_cast<std::size_t>(t - 1) * learnt / (n - 1) * examples);
        },
        [](long) {});
  }

  // One transition at each temperature between the two ends, with before(t) and after(t) about it.
  template <class Before, class After>
  std::vector<double> go(lockstep& all, long n, bool back, const Before& before, const After& after) const {
    std::vector<double> weights(all.rows());
    for (long i = 1; i <= n; ++i) {
      const long t = back ? n + 1 - i : i;
      const double beta = inverse_temperature(t, n), step = beta - inverse_temperature(t - 1, n);
      const auto weigh = [&] {
        for (std::size_t r = 0; r < all.rows(); ++r) weights[r] += step * all.values[r];
      };
      if (!back) weigh();
      if (t < n) {
        for (std::size_t k = 0; k < all.numbers(); ++k) all.scales[k] = 1 / (1 + beta * (1 / variances_[k] - 1));
        before(t);
        all.move(beta, t);
        after(t);
      }
      if (back) weigh();
    }
    return weights;
  }

  code_likelihood* likelihood_;
  annealing o_;
  long first_;
  std::vector<double> variances_;
  std::vector<double> log_steps_{};  // (temperatures of the pilot - 1, examples)
};

/// Calls f(annealer, first example) for blocks of examples; step sizes have been learned.
template <class Model, class F>
void anneal(const char* who, const Model& m, const data::examples& x, const annealing& o, tensor::team& team,
            const F& f) {
  check(who, o, o.temperatures);
  in_blocks(who, m, x, o.chains, o.variance, team, [&](auto& block, long first) {
    std::vector<double> z(static_cast<std::size_t>(block.rows() * block.size())), variances(z.size());
    block.begin(z.data(), variances.data(), {o.seed, stream_of(pilot, noise), 0});
    annealer a(block, o, first, std::move(variances));
    a.learn_steps();
    f(a, first);
  });
}

/// Log of the mean of the exponentials of `sign` times the logs of each example's chains, times `sign`.
inline void append_means(std::vector<double> logs, long chains, double sign, std::vector<double>& to) {
  for (double& l : logs) l *= sign;
  for (auto at = logs.begin(); at != logs.end(); at += chains)
    to.push_back(sign * bound::log_mean_exp({at, at + chains}));
}

/// Elements that are observed, of an example in the mean.
inline double observed_elements(const data::examples& x) {
  return static_cast<double>(std::ranges::count_if(x.x, [](float v) { return !std::isnan(v); })) /
         static_cast<double>(x.count);
}

}  // namespace latent

/// log p(x) of a VAE by annealed importance sampling (Neal 2001; for decoders Wu, Burda, Salakhutdinov & Grosse
/// 2017): chains walk from the prior to the posterior over the densities p(z) p(x|z)^b with b rising from 0 to 1, by
/// Hamiltonian transitions, and their weights average to p(x). In expectation a lower bound that rises with
/// temperatures and chains; unlike importance_bound it does not lean on the encoder, which sets the scales of the
/// transitions alone. NaN in x is missing. Step sizes are learned by a run before. Chains of many examples go side by
/// side, the decoder sees all of them at once. The same bits for any number of threads.
///
/// With bernoulli and grey targets this is no log-density, as the likelihood lacks its normaliser. Throws usage_error
/// for options out of range, bad_input for examples that the model does not take.
template <is_net Encoder, is_net Decoder, class Likelihood, class T>
likelihood_estimate annealed_bound(const model<vae<Encoder, Decoder, Likelihood>, T>& m, const data::examples& x,
                                   const annealing& o = {}, tensor::team& team = tensor::alone()) {
  std::vector<double> found;
  latent::anneal("annealed_bound", m, x, o, team, [&](latent::annealer& a, long) {
    latent::append_means(a.forward(), o.chains, 1, found);
  });
  return bound::estimated(std::move(found), latent::observed_elements(x));
}

/// How far off annealed_bound is with these options, on `count` examples that the model draws: of those an exact draw
/// from the posterior is known, the code that made them, and chains from there back to the prior bound log p(x) from
/// above: bidirectional Monte Carlo (Grosse, Ghahramani & Adams 2015; Wu et al. 2017). A conditional model draws its
/// classes in turn.
template <is_net Encoder, is_net Decoder, class Likelihood, class T>
bidirectional_bounds bidirectional_bound(const model<vae<Encoder, Decoder, Likelihood>, T>& m, long count,
                                         const annealing& o = {}, tensor::team& team = tensor::alone()) {
  using declaration = vae<Encoder, Decoder, Likelihood>;
  constexpr long features = declaration::input_shape.size(), size = declaration::latent_shape.size();
  if (count < 1) errors::raise<usage_error>({"bidirectional_bound: found ", count, " examples, expected at least 1"});
  data::examples x{count, features, std::vector<float>(static_cast<std::size_t>(count * features)), {}};
  for (long i = 0; declaration::conditional && i < count; ++i)
    x.labels.push_back(static_cast<std::int32_t>(i % std::max(declaration::classes, 1)));
  std::vector<double> z(static_cast<std::size_t>(count * size));
  rng::normal<double>(z, {o.seed, latent::stream_of(latent::reversed, latent::start), 0});
  latent::in_blocks("bidirectional_bound", m, x, 1, o.variance, team, [&](auto& block, long first) {
    std::vector<T> drawn(static_cast<std::size_t>(block.rows() * features));
    block.sample(z.data() + first * size, {o.seed, latent::stream_of(latent::reversed, latent::noise), 0},
                 drawn.data());
    std::ranges::transform(drawn, x.x.begin() + first * features, [](T v) { return static_cast<float>(v); });
  });

  std::vector<double> lower, upper;
  latent::anneal("bidirectional_bound", m, x, o, team, [&](latent::annealer& a, long first) {
    auto logs = a.forward();
    const long examples = static_cast<long>(logs.size()) / o.chains;
    latent::append_means(std::move(logs), o.chains, 1, lower);
    std::vector<double> starts;
    for (long r = 0; r < examples * o.chains; ++r) {
      const auto code = z.begin() + (first + r / o.chains) * size;
      starts.insert(starts.end(), code, code + size);
    }
    latent::append_means(a.backward(std::move(starts)), o.chains, -1, upper);
  });
  bidirectional_bounds b{bound::estimated(std::move(lower), static_cast<double>(features)),
                         bound::estimated(std::move(upper), static_cast<double>(features))};
  b.gap = b.upper.nats - b.lower.nats;
  return b;
}

}  // namespace genet
