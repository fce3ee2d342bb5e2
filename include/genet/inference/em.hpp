#pragma once
// Expectation maximisation: what all its models share - options, the loop, its report, draws for its starts.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../declare/error.hpp"
#include "../metrics/points.hpp"
#include "../random/distributions.hpp"
#include "../random/streams.hpp"
#include "chance.hpp"

namespace genet::inline GENET_ISA {

/// A size that only the data knows: `gaussian_mixture<3, dynamic>`.
inline constexpr long dynamic = -1;

/// When expectation maximisation ends: after so many iterations, or when one gains less than `tolerance` in the mean
/// log-likelihood of an observation (of a unit of weight).
struct em_options {
  long iterations = 1000;
  double tolerance = 1e-8;
};

/// How far one update goes. The expected sufficient statistics move by a share of the way to what the points say, and the
/// parameters are those of the statistics: 1 is EM itself, less a step along the natural gradient (gradient EM: Lange 1995;
/// Sato, Ishii 2000), which is uphill too. With a `batch` the points come in random order, so many at a time (stepwise EM:
/// Cappe, Moulines 2009), `share` is not asked then: update t goes (t + 2)^-decay of the way.
struct em_steps {
  double share = 1;
  long batch = 0;  ///< 0: all points at once
  double decay = .7;
};

/// How expectation maximisation went. Log-likelihoods are totals in nats; with priors log-posteriors, up to a constant.
struct em_report {
  bool converged = false;
  long iterations = 0;  ///< updates of the parameters; in batches passes over the points
  /// Before the first update, after the first, ...; in batches of each pass as it went, then of the parameters it left.
  std::vector<double> log_likelihood;
  long reseeded = 0;                   ///< components that ran empty and began anew
  bool collapsed = false;              ///< a component is smaller than was asked for

  double final() const { return log_likelihood.empty() ? std::nan("") : log_likelihood.back(); }
};

namespace inference {

inline void check(std::string_view who, const em_options& o) {
  if (o.iterations < 0 || !(o.tolerance >= 0))
    errors::raise<usage_error>({who, ": expected iterations and a tolerance not below 0"});
}
/// Throws usage_error for steps that lead nowhere, or not to a maximum.
inline void check(std::string_view who, const em_steps& s) {
  if (!(s.share > 0 && s.share <= 1)) errors::raise<usage_error>({who, ": expected a share above 0, at most 1"});
  if (s.batch < 0 || !(s.decay > .5 && s.decay <= 1))
    errors::raise<usage_error>({who, ": expected batches of 0 or more points, a decay above 0.5, at most 1"});
}

/// The loop: `expect()` says the log-likelihood of the parameters that there are, `maximise()` changes them and says
/// whether it followed the likelihood (false after a component began anew). `mass` is the weight of all observations.
/// Throws training_error for a likelihood that is not finite, and for one that falls: that would be a mistake in the
/// model, as every update of EM is uphill. Dempster, Laird, Rubin 1977.
template <class Expect, class Maximise>
em_report expectation_maximisation(std::string_view who, const em_options& o, double mass, const Expect& expect,
                                   const Maximise& maximise) {
  check(who, o);
  em_report r;
  bool uphill = false;
  for (;;) {
    const double now = expect();
    if (!std::isfinite(now))
      errors::raise<training_error>({who, ": iteration ", r.iterations, ": found a log-likelihood of ",
                                     std::to_string(now), ", expected a finite one"});
    if (uphill) {
      const double before = r.final(), gain = now - before;
      if (gain < -1e-9 * (std::abs(before) + mass))
        errors::raise<training_error>({who, ": iteration ", r.iterations, ": the log-likelihood fell from ",
                                       std::to_string(before), " to ", std::to_string(now)});
      r.converged = gain < o.tolerance * mass;
    }
    r.log_likelihood.push_back(now);
    if (r.converged || r.iterations == o.iterations) return r;
    uphill = maximise();
    ++r.iterations;
  }
}

/// Replaces `model` by the best of so many fits of copies of it, `fit(model, start)`: by one that collapsed only if all
/// have.
template <class Model, class Fit>
em_report best_of(long starts, Model& model, const Fit& fit) {
  Model best = model;
  em_report report;
  for (long start = 0; start < starts; ++start) {
    Model m = model;
    em_report r = fit(m, start);
    const bool better = r.collapsed != report.collapsed ? report.collapsed : r.final() > report.final();
    if (start > 0 && !better) continue;
    best = std::move(m);
    report = std::move(r);
  }
  model = std::move(best);
  return report;
}

/// Some rows of points, with their weights.
struct some_points {
  std::vector<double> values, weights;  // no weights where all have none
};
inline some_points rows_of(const metrics::points& x, std::span<const double> weights,
                           std::span<const std::uint32_t> rows) {
  some_points some{metrics::chosen(x, rows), {}};
  for (std::size_t i = 0; !weights.empty() && i < rows.size(); ++i) some.weights.push_back(weights[rows[i]]);
  return some;
}

/// The loop in batches: `update(rows, share)` moves statistics by this share of the way to those of the rows, and says
/// the log-likelihood that the rows had before; `expect()` says that of all points. No pass has to be uphill.
template <class Update, class Expect>
em_report stepwise_maximisation(std::string_view who, const em_options& o, const em_steps& steps, std::uint64_t seed,
                                long count, double mass, const Update& update, const Expect& expect) {
  check(who, o);
  em_report r;
  std::vector<std::uint32_t> order(static_cast<std::size_t>(count));
  double number = 0;
  const auto note = [&](double now) {
    if (!std::isfinite(now))
      errors::raise<training_error>({who, ": pass ", r.iterations, ": found a log-likelihood of ", std::to_string(now),
                                     ", expected a finite one"});
    r.converged = !r.log_likelihood.empty() && std::abs(now - r.final()) < o.tolerance * mass;
    r.log_likelihood.push_back(now);
  };
  while (r.iterations < o.iterations && !r.converged) {
    rng::permutation(order, {seed, stream::shuffling, static_cast<std::uint64_t>(r.iterations)});
    double seen = 0;
    for (long first = 0; first < count; first += steps.batch)
      seen += update(std::span<const std::uint32_t>(order).subspan(static_cast<std::size_t>(first),
                                                                   static_cast<std::size_t>(std::min(steps.batch, count - first))),
                     std::pow(number++ + 2, -steps.decay));
    note(seen);
    ++r.iterations;
  }
  const bool converged = r.converged;
  note(expect());
  r.converged = converged;
  return r;
}

/// A number of [0, 1) with 53 bits.
inline double unit(rng::source& s) {
  const std::uint64_t high = s.next(), low = s.next();
  return static_cast<double>(static_cast<std::int64_t>((high << 32 | low) >> 11)) * 0x1p-53;
}

/// The same by a number of the source.
inline long choose(std::span<const double> weights, rng::source& s) {
  return choose(weights, unit(s));
}

/// The weight of all observations: `weights`, or 1 for each where there are none. Throws bad_input unless there are as
/// many as observations, all finite and not negative, and some above 0.
inline double total_weight(std::string_view who, std::span<const double> weights, long count,
                           std::string_view of = "point") {
  if (weights.empty()) return static_cast<double>(count);
  if (static_cast<long>(weights.size()) != count)
    errors::raise<bad_input>({who, ": found ", weights.size(), " weights, expected ", count, ", one for each ", of});
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!(weights[i] >= 0) || std::isinf(weights[i]))
      errors::raise<bad_input>({who, ": found weight ", std::to_string(weights[i]), " of ", of, " ", i,
                                ", expected finite weights not below 0"});
    sum += weights[i];
  }
  if (!(sum > 0)) errors::raise<bad_input>({who, ": all weights are 0, expected some above"});
  return sum;
}

/// Sum of -p log p, in nats.
inline double entropy(std::span<const double> p) {
  double sum = 0;
  for (const double v : p) sum -= v > 0 ? v * std::log(v) : 0;
  return sum;
}

/// Akaike's and Bayes's (Schwarz's) criterion, smaller is better: by log-likelihood and free parameters.
inline double aic(double log_likelihood, long parameters) {
  return 2 * static_cast<double>(parameters) - 2 * log_likelihood;
}
inline double bic(double log_likelihood, long parameters, double observations) {
  return static_cast<double>(parameters) * std::log(observations) - 2 * log_likelihood;
}

}  // namespace inference

}  // namespace genet
