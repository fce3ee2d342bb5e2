#pragma once
#include <genet/inference/optimise.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <span>
#include <vector>

namespace genet::inline GENET_ISA::inference {

/// Automatic differentiation variational inference: the normal distribution over the free numbers, with independent
/// ones (mean field) or with a covariance (full rank), whose evidence lower bound is largest. Kucukelbir et al.: ADVI
/// (JMLR 18, 2017), with its step sizes. Gradients are those of the draws' paths alone, which have no noise where the
/// fit is exact (Roeder, Wu, Duvenaud: Sticking the landing, 2017), and in units of the fit itself, so that scale
/// and correlation of the parameters do not matter. It begins at a start or where L-BFGS gets from it, whichever has
/// the better bound soon, and ends as the average of the later steps (Dhaka et al.: Robust, accurate stochastic
/// optimization for variational inference, 2020).
struct advi {
  int chains = 1;
  long iterations = 4000;  // draws from the fit, of each chain
  std::uint64_t seed = 1;
  bool full_rank = false;
  int gradient_pairs = 4;    // of opposite draws, for the gradient of a step
  int elbo_pairs = 100;      // for a look at the bound, every hundred steps
  long most_steps = 20'000;  // until it converges; the average is over as many again
  double tolerance = 1e-3;   // mean change of the bound from look to look, relative to 1 + |bound|
  double step_size = 0;      // 0: the best one of 1, 0.1 and 0.01
};

/// A fitted one.
template <class Model>
struct advi_fit {
  typename posterior<Model>::point mean;  // of the free numbers
  std::vector<double> factor;             // Cholesky factor of their covariance, row-major
  double elbo = 0, elbo_error = 0;        // the bound of the log of the integral of the model's density, in nats
  std::vector<double> looks;              // the bound after each hundred steps, by the same draws
  long steps = 0;
  double step_size = 0;
  bool converged = false;

  double covariance(int i, int j) const {
    constexpr long n = posterior<Model>::free_dimension;
    return tensor::dot(factor.data() + i * n, factor.data() + j * n, n);
  }
};

namespace detail {

template <class Model>
class advi_ascent {
 public:
  static constexpr long n = posterior<Model>::free_dimension;
  static constexpr auto N = static_cast<std::size_t>(n);
  using point = typename posterior<Model>::point;
  struct bound {
    double value = 0, error = 0;
  };

  advi_ascent(const posterior<Model>& target, const advi& o, const point& start)
      : target_(target), o_(o), mean_(start), factor_(N * N), turn_(N * N), gradient_(N * N), memory_(N * N + N) {
    // The scales of a normal distribution that curves as the density does here.
    for (std::size_t i = 0; i < N; ++i) {
      point up = start, down = start, above, below;
      const double h = 1e-5 * std::max(1., std::abs(start[i]));
      up[i] += h;
      down[i] -= h;
      target_.log_density(up, above);
      target_.log_density(down, below);
      const double curvature = (below[i] - above[i]) / (up[i] - down[i]);
      factor_[i * N + i] = curvature > 1e-12 ? 1 / std::sqrt(curvature) : 1;
    }
  }

  /// A step uphill of size `rate` in units of the fit.
  void step(double rate) {
    std::ranges::fill(gradient_, 0.);
    point by_mean{}, eta, g;
    long used = 0;
    chance c(o_.seed, 0, steps_of_fit + static_cast<std::uint64_t>(count_));
    for (int pair = 0; pair < o_.gradient_pairs; ++pair) {
      c.normal(eta);
      for (int side = 0; side < 2; ++side) {
        for (double& e : eta) e = -e;
        if (target_.log_density(at(eta), g) == -INFINITY) continue;
        ++used;
        const point u = turned(g);
        for (std::size_t i = 0; i < N; ++i) {
          const double total = u[i] + eta[i];
          by_mean[i] += total;
          if (o_.full_rank)
            tensor::add_scaled(total, eta.data(), gradient_.data() + i * N, static_cast<long>(i) + 1);
          else
            gradient_[i * N + i] += total * eta[i];
        }
      }
    }
    ++count_;
    if (used == 0) return;
    const double decay = rate / std::sqrt(static_cast<double>(count_)), share = 1 / static_cast<double>(used);
    const auto moved = [&](double sum, double& memory) {
      const double slope = sum * share;
      memory = count_ == 1 ? slope * slope : 0.1 * slope * slope + 0.9 * memory;
      return decay * slope / (1 + std::sqrt(memory));
    };
    point along;
    for (std::size_t i = 0; i < N; ++i) along[i] = moved(by_mean[i], memory_[N * N + i]);
    const point there = at(along);
    for (std::size_t i = 0; i < N; ++i)
      for (std::size_t j = o_.full_rank ? 0 : i; j <= i; ++j)
        turn_[i * N + j] = moved(gradient_[i * N + j], memory_[i * N + j]);
    mean_ = there;
    turn();
  }

  /// The bound and its standard error, by draws that are a function of the seed and `which` alone.
  bound look(int pairs, std::uint64_t which) const {
    chance c(o_.seed, 0, looks_of_fit + which);
    double log_scale = 0, sum = 0, squares = 0;
    for (std::size_t i = 0; i < N; ++i) log_scale += std::log(factor_[i * N + i]);
    const double constant = log_scale + static_cast<double>(n) / 2 * std::log(2 * std::numbers::pi);
    point eta;
    for (int pair = 0; pair < pairs; ++pair) {
      c.normal(eta);
      double both = 0;
      for (int side = 0; side < 2; ++side) {
        for (double& e : eta) e = -e;
        both += (target_.log_density(at(eta)) + tensor::dot(eta.data(), eta.data(), n) / 2 + constant) / 2;
      }
      if (both == -INFINITY) return {both, 0};
      const double before = both - sum / std::max(pair, 1);
      sum += both;
      if (pair > 0) squares += before * (both - sum / (pair + 1));
    }
    return {sum / pairs, pairs > 1 ? std::sqrt(squares / (pairs - 1) / pairs) : 0};
  }

  const point& mean() const { return mean_; }
  const std::vector<double>& factor() const { return factor_; }
  void set(const point& mean, const std::vector<double>& factor) {
    mean_ = mean;
    factor_ = factor;
  }

 private:
  // Iterations that no chain reaches.
  static constexpr std::uint64_t steps_of_fit = std::uint64_t{1} << 62, looks_of_fit = std::uint64_t{1} << 63;

  /// mean + L eta
  point at(const point& eta) const {
    point x = mean_;
    for (std::size_t i = 0; i < N; ++i)
      x[i] += o_.full_rank ? tensor::dot(factor_.data() + i * N, eta.data(), static_cast<long>(i) + 1)
                           : factor_[i * N + i] * eta[i];
    return x;
  }
  /// L^T g
  point turned(const point& g) const {
    point u{};
    for (std::size_t i = 0; i < N; ++i) {
      if (o_.full_rank)
        tensor::add_scaled(g[i], factor_.data() + i * N, u.data(), static_cast<long>(i) + 1);
      else
        u[i] = factor_[i * N + i] * g[i];
    }
    return u;
  }
  /// L = L (I + turn_), the diagonal of the second factor as an exponential, so that it stays above 0.
  void turn() {
    for (std::size_t i = 0; i < N; ++i) turn_[i * N + i] = std::exp(turn_[i * N + i]);
    if (!o_.full_rank) {
      for (std::size_t i = 0; i < N; ++i) factor_[i * N + i] *= turn_[i * N + i];
      return;
    }
    for (std::size_t i = 0; i < N; ++i) {
      point row{};
      for (std::size_t k = 0; k <= i; ++k)
        tensor::add_scaled(factor_[i * N + k], turn_.data() + k * N, row.data(), static_cast<long>(k) + 1);
      std::copy_n(row.begin(), i + 1, factor_.begin() + static_cast<std::ptrdiff_t>(i * N));
    }
  }

  const posterior<Model>& target_;
  const advi& o_;
  point mean_;
  std::vector<double> factor_, turn_, gradient_, memory_;
  long count_ = 0;
};

}  // namespace detail

/// Fits the normal distribution. A start and errors as of `sample`; bad_input too where the bound is not finite. Not
/// `converged` where most_steps did not suffice. Stan: method = variational.
template <bayesian_model Model>
advi_fit<Model> fit_advi(const Model& model, const advi& o = {},
                         std::span<const typename posterior<Model>::constrained> starts = {}) {
  if (o.gradient_pairs < 1 || o.elbo_pairs < 2 || o.most_steps < 1 || !(o.tolerance > 0) ||
      !(o.step_size >= 0 && o.step_size < 1e7))
    throw usage_error(
        "advi: expected gradient_pairs, most_steps, a tolerance above 0, two elbo_pairs at least and a "
        "step_size not below 0");
  constexpr long between_looks = 100, window = 5;
  const posterior<Model> target(model);
  using point = typename posterior<Model>::point;
  std::vector<point> begins{detail::starting_point(target, chain_options{.seed = o.seed}, 0, starts)};
  using ascent = detail::advi_ascent<Model>;
  const auto refuse = [&](long step, const ascent& a) {
    errors::raise<bad_input>({"advi: the evidence lower bound of ", type_name<Model>(), " is not finite after ", step,
                              " steps, at means ", detail::show(target.constrain(a.mean()))});
  };

  // What leaves the region where the density is one is no choice, unless there is no other.
  const auto tried = [&](const auto& f, bool must) {
    try {
      f();
    } catch (const bad_input&) {
      if (must) throw;
    }
  };
  tried(
      [&] { begins.push_back(maximise(model, {.iterations = 200, .jacobian = true, .seed = o.seed}, starts).free); },
      false);
  const std::vector<double> sizes = o.step_size > 0 ? std::vector{o.step_size} : std::vector{1., 0.1, 0.01};
  advi_fit<Model> fit;
  double best = -INFINITY;
  point begin{};
  for (const point& candidate : begins)
    for (const double size : sizes) {
      const bool must = best == -INFINITY && &candidate == &begins.back() && size == sizes.back();
      tried(
          [&] {
            ascent a(target, o, candidate);
            for (long i = 0; i < between_looks; ++i) a.step(size);
            const double found = a.look(o.elbo_pairs, 0).value;
            if (must && !std::isfinite(found)) refuse(between_looks, a);
            if (!(found > best)) return;
            best = found;
            begin = candidate;
            fit.step_size = size;
          },
          must);
    }

  ascent a(target, o, begin);
  std::vector<double>& looks = fit.looks;
  while (!fit.converged && fit.steps < o.most_steps) {
    a.step(fit.step_size);
    if (++fit.steps % between_looks != 0) continue;
    looks.push_back(a.look(o.elbo_pairs, 0).value);
    if (!std::isfinite(looks.back())) refuse(fit.steps, a);
    const auto change = [&](std::size_t i) {
      return std::abs(looks[i] - looks[i - 1]) / (1 + std::abs(looks[i])) / static_cast<double>(window);
    };
    const std::size_t last = looks.size() - 1;
    double changes = 0;
    for (std::size_t i = last; i + window > last && i > 0; --i) changes += change(i);
    fit.converged = last >= static_cast<std::size_t>(window) && changes < o.tolerance;
  }
  fit.mean.fill(0);
  fit.factor.assign(a.factor().size(), 0.);
  const long averaged = fit.steps;
  for (long i = 0; i < averaged; ++i, ++fit.steps) {
    a.step(fit.step_size);
    const double share = 1 / static_cast<double>(i + 1);
    for (std::size_t k = 0; k < fit.mean.size(); ++k) fit.mean[k] += share * (a.mean()[k] - fit.mean[k]);
    for (std::size_t k = 0; k < fit.factor.size(); ++k) fit.factor[k] += share * (a.factor()[k] - fit.factor[k]);
  }
  a.set(fit.mean, fit.factor);
  const auto bound = a.look(10 * o.elbo_pairs, 1);
  if (!std::isfinite(bound.value)) refuse(fit.steps, a);
  fit.elbo = bound.value;
  fit.elbo_error = bound.error;
  return fit;
}

/// Independent draws from the fitted normal distribution, constrained; their log_density is that of the posterior.
template <bayesian_model Model>
draws sample(const Model& model, const advi_fit<Model>& fit, const chain_options& o,
             tensor::team& team = tensor::alone()) {
  detail::check(o, "advi");
  return detail::normal_draws(posterior<Model>(model), fit.mean, fit.factor, o, team);
}

/// The same from the fit of this call. Arguments and errors as of nuts.
template <bayesian_model Model>
draws sample(const Model& model, const advi& o, tensor::team& team = tensor::alone(),
             std::span<const typename posterior<Model>::constrained> starts = {}) {
  const chain_options length{o.chains, 0, o.iterations, o.seed};
  detail::check(length, "advi");
  return sample(model, fit_advi(model, o, starts), length, team);
}

}  // namespace genet::inline GENET_ISA::inference
