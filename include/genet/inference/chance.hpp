#pragma once
#include <genet/random/distributions.hpp>
#include <genet/random/streams.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

namespace genet::inline GENET_ISA::inference {

/// An index with probability in proportion to its weight, by a number `u` of [0, 1); weights are not negative. The last
/// one that has any if rounding asks for more than there is; -1 if none has.
inline long choose(std::span<const double> weights, double u) {
  double rest = 0;
  for (const double w : weights) rest += w;
  rest *= u;
  long last = -1;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!(weights[i] > 0)) continue;
    last = static_cast<long>(i);
    if (rest < weights[i]) break;
    rest -= weights[i];
  }
  return last;
}

/// The random numbers of one iteration of one chain: a function of seed, chain and iteration alone. Conditional draws
/// (inference/gibbs.hpp) and draws from a prior are given one.
class chance {
 public:
  chance(std::uint64_t seed, int chain, std::uint64_t iteration)
      : normal_key_{seed, stream::momenta + static_cast<std::uint32_t>(chain), iteration},
        source_(rng::key{seed, stream::chains + static_cast<std::uint32_t>(chain), iteration}) {}

  /// In [0, 1).
  double uniform() {
    const std::uint32_t low = source_.next(), high = source_.next();
    return rng::detail::unit(low, high);
  }
  /// Standard normal numbers, others at each call.
  void normal(std::span<double> out) {
    rng::normal(out, normal_key_, position_);
    position_ += out.size();
  }
  double normal() {
    double x = 0;
    normal(std::span(&x, 1));
    return x;
  }
  double normal(double mean, double sd) { return mean + sd * normal(); }
  double exponential() { return -std::log1p(-uniform()); }

  /// Of mean `shape` and variance `shape` (above 0). Marsaglia, Tsang: A simple method for generating gamma variables
  /// (2000).
  double gamma(double shape) {
    if (shape < 1) return gamma(shape + 1) * std::pow(1 - uniform(), 1 / shape);
    const double d = shape - 1. / 3, c = 1 / std::sqrt(9 * d);
    for (;;) {
      const double z = normal(), root = 1 + c * z, v = root * root * root;
      if (root > 0 && std::log1p(-uniform()) < z * z / 2 + d - d * v + d * std::log(v)) return d * v;
    }
  }
  double beta(double a, double b) {
    const double x = gamma(a), y = gamma(b);
    return x / (x + y);
  }
  /// A point of the simplex from its weights (above 0), in place.
  void dirichlet(std::span<double> weights) {
    double sum = 0;
    for (double& w : weights) sum += w = gamma(w);
    for (double& w : weights) w /= sum;
  }
  /// One of the places, by weights (not negative, their sum above 0).
  std::size_t categorical(std::span<const double> weights) {
    return static_cast<std::size_t>(std::max(choose(weights, uniform()), 0L));
  }

 private:
  rng::key normal_key_;
  std::uint64_t position_ = 0;
  rng::source source_;
};

}  // namespace genet::inline GENET_ISA::inference
