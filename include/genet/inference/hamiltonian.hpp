#pragma once
// What Hamiltonian samplers share: phase space, metrics, the leapfrog step, and the warm-up that finds step size and
// metric as Stan does. Neal: MCMC using Hamiltonian dynamics (2011); Hoffman, Gelman: The no-U-turn sampler (JMLR 15,
// 2014).

#include <genet/inference/chains.hpp>
#include <genet/tensor/linear.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace genet::inline GENET_ISA::inference {

/// What warm-up learns of the shape of the posterior: nothing, a scale for each free number, or their covariance.
enum class metric { unit, diagonal, dense };

namespace detail {

template <std::size_t N>
using vector = std::array<double, N>;

template <std::size_t N>
double inner(const vector<N>& a, const vector<N>& b) {
  if constexpr (N > 32) return tensor::dot(a.data(), b.data(), static_cast<long>(N));
  double sum[4] = {};  // few numbers are added up sooner than a part of a vector is loaded
  for (std::size_t i = 0; i < N; ++i) sum[i % 4] += a[i] * b[i];
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/// A point of phase space: place, log-density and its gradient there, momentum.
template <std::size_t N>
struct phase {
  vector<N> x, gradient, p;
  double log_density = 0;
};

/// The inverse of the kinetic energy's matrix: an estimate of the covariance.
template <std::size_t N>
class inverse_metric {
 public:
  inverse_metric() { diagonal_.fill(1); }

  void diagonal(const vector<N>& variances) {
    diagonal_ = variances;
    covariance_.clear();
  }
  /// Row-major N x N. False, and nothing changes, if it is not positive definite.
  bool dense(const std::vector<double>& covariance) {
    auto factor = covariance;
    if (!tensor::cholesky(static_cast<long>(N), factor.data())) return false;
    covariance_ = covariance;
    factor_ = std::move(factor);
    return true;
  }

  vector<N> velocity(const vector<N>& p) const {
    vector<N> v;
    for (std::size_t i = 0; i < N; ++i)
      v[i] = covariance_.empty() ? diagonal_[i] * p[i]
                                 : tensor::dot(covariance_.data() + i * N, p.data(), static_cast<long>(N));
    return v;
  }
  double kinetic(const vector<N>& p) const { return inner(p, velocity(p)) / 2; }
  void draw(vector<N>& p, chance& c) const {
    c.normal(p);
    if (!covariance_.empty()) return tensor::solve_lower_transposed(static_cast<long>(N), factor_.data(), p.data());
    for (std::size_t i = 0; i < N; ++i) p[i] /= std::sqrt(diagonal_[i]);
  }

 private:
  vector<N> diagonal_;
  std::vector<double> covariance_, factor_;  // empty: the metric is diagonal
};

template <std::size_t N>
double energy(const phase<N>& z, const inverse_metric<N>& m) {
  const double h = m.kinetic(z.p) - z.log_density;
  return std::isfinite(h) ? h : INFINITY;
}

/// One leapfrog step: reversible, keeps volume, energy error of second order. Where the place itself overflows the
/// density is 0.
template <class Model, std::size_t N>
void leapfrog(const posterior<Model>& target, const inverse_metric<N>& m, double step, phase<N>& z) {
  for (std::size_t i = 0; i < N; ++i) z.p[i] += step / 2 * z.gradient[i];
  const auto v = m.velocity(z.p);
  bool finite = true;
  for (std::size_t i = 0; i < N; ++i) {
    z.x[i] += step * v[i];
    finite = finite && std::isfinite(z.x[i]);
  }
  if (!finite) {
    z.log_density = -INFINITY;
    return;
  }
  z.log_density = target.log_density(z.x, z.gradient);
  for (std::size_t i = 0; i < N; ++i) z.p[i] += step / 2 * z.gradient[i];
}

/// An energy error above it is a divergence: the trajectory has left the region that the step size resolves.
inline constexpr double divergent_error = 1000;

/// Nesterov's dual averaging of log step size towards an acceptance. Hoffman, Gelman 2014, with Stan's constants.
class dual_averaging {
 public:
  void restart(double step) {
    centre_ = std::log(10 * step);
    mean_error_ = mean_log_step_ = 0;
    count_ = 0;
  }
  /// The next step size to try after a mean acceptance.
  double learn(double acceptance, double target) {
    constexpr double gamma = 0.05, offset = 10, kappa = 0.75;
    ++count_;
    const double share = 1 / (count_ + offset);
    mean_error_ = (1 - share) * mean_error_ + share * (target - std::min(acceptance, 1.));
    const double log_step = centre_ - mean_error_ * std::sqrt(count_) / gamma, weight = std::pow(count_, -kappa);
    mean_log_step_ = (1 - weight) * mean_log_step_ + weight * log_step;
    return std::exp(log_step);
  }
  double learnt() const { return std::exp(mean_log_step_); }

 private:
  double centre_ = 0, mean_error_ = 0, mean_log_step_ = 0, count_ = 0;
};

/// Mean and covariance of what passes, by Welford.
template <std::size_t N>
class running_covariance {
 public:
  explicit running_covariance(bool full) : full_(full), squares_(full ? N * N : N) {}
  void clear() {
    count_ = 0;
    mean_.fill(0);
    std::ranges::fill(squares_, 0.);
  }
  void add(const vector<N>& x) {
    ++count_;
    vector<N> before;
    for (std::size_t i = 0; i < N; ++i) {
      before[i] = x[i] - mean_[i];
      mean_[i] += before[i] / count_;
    }
    for (std::size_t i = 0; i < N; ++i) {
      if (!full_)
        squares_[i] += before[i] * (x[i] - mean_[i]);
      else
        tensor::add_scaled(x[i] - mean_[i], before.data(), squares_.data() + i * N, static_cast<long>(N));
    }
  }
  double count() const { return count_; }
  /// Shrunk towards a thousandth of the unit matrix as if that had been seen five times, as Stan does.
  vector<N> variances() const {
    vector<N> v;
    for (std::size_t i = 0; i < N; ++i) v[i] = shrunk(squares_[full_ ? i * N + i : i], true);
    return v;
  }
  std::vector<double> covariance() const {
    std::vector<double> c(N * N);
    for (std::size_t i = 0; i < N; ++i)  // rounding leaves it not quite symmetric
      for (std::size_t j = 0; j < N; ++j)
        c[i * N + j] = shrunk((squares_[i * N + j] + squares_[j * N + i]) / 2, i == j);
    return c;
  }

 private:
  double shrunk(double squares, bool is_variance) const {
    return squares / (count_ - 1) * count_ / (count_ + 5) + (is_variance ? 1e-3 * 5 / (count_ + 5) : 0);
  }

  bool full_;
  double count_ = 0;
  vector<N> mean_{};
  std::vector<double> squares_;
};

/// Stan's plan of a warm-up: a first part and a last part for the step size alone, between them windows that double,
/// each of which ends with a new metric.
class warmup_windows {
 public:
  explicit warmup_windows(long warmup) {
    if (warmup < 20) {
      first_ = warmup;  // too short for a metric
      return;
    }
    long last = 50, window = 25;
    first_ = 75;
    if (warmup < 150) {
      first_ = warmup * 15 / 100;
      last = warmup / 10;
      window = warmup - first_ - last;
    }
    const long end = warmup - last;
    for (long at = first_; at < end; window *= 2) {
      at = at + 3 * window > end ? end : at + window;  // the next one would not fit any more
      ends_.push_back(at);
    }
  }
  bool learns(long iteration) const { return iteration >= first_ && !ends_.empty() && iteration < ends_.back(); }
  /// After iteration `iteration` the metric is renewed.
  bool ends(long iteration) const { return std::ranges::find(ends_, iteration + 1) != ends_.end(); }

 private:
  long first_ = 0;
  std::vector<long> ends_;
};

/// The step size whose first step is accepted with about 0.8, by doubling or halving `step`.
template <class Model, std::size_t N>
double reasonable_step(const posterior<Model>& target, const inverse_metric<N>& m, const phase<N>& from, double step,
                       chance& c) {
  const auto fits = [&](double size) {
    phase<N> z = from;
    m.draw(z.p, c);
    const double before = energy(z, m);
    leapfrog(target, m, size, z);
    return before - energy(z, m) > std::log(0.8);
  };
  const bool grow = fits(step);
  for (;;) {
    const double next = grow ? 2 * step : step / 2;
    if (next > 1e7)
      errors::raise<bad_input>({"the posterior of ", type_name<Model>(),
                                " is improper: steps of any length are accepted at ",
                                show(target.constrain(from.x))});
    if (next < 1e-300)
      errors::raise<bad_input>({"no step of ", type_name<Model>(), " is small enough at ",
                                show(target.constrain(from.x)), "; is its density continuous?"});
    step = next;
    if (fits(step) != grow) return step;
  }
}

/// What a transition did.
struct transition_report {
  double acceptance = 0, energy = 0;
  int gradients = 0;
  bool divergent = false, longest = false;
};

/// Options of both samplers.
struct hamiltonian_options {
  double target_acceptance = 0.8, step_size = 1;
  metric kind = metric::diagonal;
};

/// Chains of a transition move(target, metric, step size, z, chance) -> transition_report.
template <class Model, class Move>
draws run_hamiltonian(const Model& model, const chain_options& o, const hamiltonian_options& h, const char* who,
                      std::span<const typename posterior<Model>::constrained> starts, tensor::team& team,
                      const Move& move) {
  check(o, who);
  if (!(h.target_acceptance > 0 && h.target_acceptance < 1))
    errors::raise<usage_error>({who, ": target_acceptance must lie between 0 and 1"});
  if (!(h.step_size > 0 && h.step_size < 1e7))
    errors::raise<usage_error>({who, ": step_size must lie between 0 and 1e7"});
  constexpr auto N = static_cast<std::size_t>(posterior<Model>::free_dimension);
  const posterior<Model> target(model);
  return run_chains<Model>(o, team, true, [&](int chain, draws& out) {
    phase<N> z;
    z.x = starting_point(target, o, chain, starts);
    z.log_density = target.log_density(z.x, z.gradient);
    inverse_metric<N> m;
    running_covariance<N> seen(h.kind == metric::dense);
    const warmup_windows windows(o.warmup);
    dual_averaging averaging;
    double step = h.step_size, accepted = 0;
    if (o.warmup > 0) {
      chance c(o.seed, chain, static_cast<std::uint64_t>(o.warmup + o.iterations + 1));
      step = reasonable_step(target, m, z, step, c);
      averaging.restart(step);
    }
    for (long i = 0; i < o.warmup + o.iterations; ++i) {
      chance c(o.seed, chain, static_cast<std::uint64_t>(i + 1));
      const transition_report r = move(target, m, step, z, c);
      if (i < o.warmup) {
        step = averaging.learn(r.acceptance, h.target_acceptance);
        if (h.kind != metric::unit && windows.learns(i)) seen.add(z.x);
        if (h.kind != metric::unit && windows.ends(i) && seen.count() > 1) {
          if (h.kind == metric::diagonal || !m.dense(seen.covariance())) m.diagonal(seen.variances());
          seen.clear();
          step = reasonable_step(target, m, z, step, c);
          averaging.restart(step);
        }
        if (i + 1 == o.warmup) step = averaging.learnt();
        continue;
      }
      const long kept = i - o.warmup;
      keep(out, chain, kept, target.constrain(z.x), z.log_density);
      const auto at = static_cast<std::size_t>(chain * o.iterations + kept), self = static_cast<std::size_t>(chain);
      out.energy[at] = r.energy;
      out.gradient_evaluations[at] = r.gradients;
      out.divergent[at] = r.divergent;
      out.divergences[self] += r.divergent;
      out.longest[self] += r.longest;
      accepted += r.acceptance;
    }
    out.acceptance[static_cast<std::size_t>(chain)] = accepted / static_cast<double>(o.iterations);
    out.step_size[static_cast<std::size_t>(chain)] = step;
  });
}

}  // namespace detail
}  // namespace genet::inline GENET_ISA::inference
