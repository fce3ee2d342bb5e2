#pragma once
// The most probable parameters, and the normal distribution around them.

#include <genet/inference/chains.hpp>
#include <genet/tensor/linear.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <span>
#include <vector>

namespace genet::inline GENET_ISA::inference {

/// Options of `maximise`.
struct lbfgs {
  int iterations = 1000;  // at most
  double tolerance =
      1e-8;  // largest derivative by a free number, in units of 1 + |log-density| (at most 1e6), at which it ends
  bool jacobian = false;   // true: the mode over the free numbers
  std::uint64_t seed = 1;  // of the start, where none is given
};

/// Where `maximise` ended.
template <class Model>
struct mode {
  typename posterior<Model>::constrained theta;
  typename posterior<Model>::point free;
  double log_density = 0;
  int iterations = 0;
  bool converged = false;
};

/// The maximum of the posterior (of the likelihood if the model has no prior): limited-memory BFGS over the free
/// numbers with eight pairs and a line search for the weak Wolfe conditions. Nocedal: Updating quasi-Newton matrices
/// with limited storage (1980); Lewis, Overton: Nonsmooth optimization via quasi-Newton methods (2013). Starts and
/// errors as of `sample`. Not `converged` where the iterations did not suffice or the density has no maximum. Stan:
/// method = optimize.
template <bayesian_model Model>
mode<Model> maximise(const Model& model, const lbfgs& o = {},
                     std::span<const typename posterior<Model>::constrained> starts = {}) {
  if (o.iterations < 1 || !(o.tolerance > 0)) throw usage_error("lbfgs: expected iterations and a tolerance above 0");
  using point = typename posterior<Model>::point;
  constexpr long n = posterior<Model>::free_dimension;
  constexpr std::size_t memory = 8;
  const auto dot = [](const point& a, const point& b) { return tensor::dot(a.data(), b.data(), n); };
  const auto add = [](double a, const point& x, point& y) { tensor::add_scaled(a, x.data(), y.data(), n); };
  const posterior<Model> target(model, o.jacobian);
  mode<Model> m;
  point &x = m.free, gradient;
  x = detail::starting_point(target, chain_options{.seed = o.seed}, 0, starts);
  m.log_density = target.log_density(x, gradient);

  struct pair {
    point moved, turned;
    double inverse = 0, weight = 0;
  };
  std::array<pair, memory> pairs;
  std::size_t kept = 0;
  const auto flat = [&] {
    const double unit = std::min(1 + std::abs(m.log_density), 1e6);  // a density that grows without end is not flat
    return std::ranges::all_of(gradient, [&](double g) { return std::abs(g) <= o.tolerance * unit; });
  };
  while (!(m.converged = flat()) && m.iterations < o.iterations) {
    ++m.iterations;
    point direction = gradient;
    const std::size_t oldest = kept > memory ? kept - memory : 0;
    for (std::size_t i = kept; i-- > oldest;) {
      pair& p = pairs[i % memory];
      p.weight = p.inverse * dot(p.moved, direction);
      add(-p.weight, p.turned, direction);
    }
    if (kept > 0) {
      const pair& last = pairs[(kept - 1) % memory];
      for (double& d : direction) d *= 1 / (last.inverse * dot(last.turned, last.turned));
    }
    for (std::size_t i = oldest; i < kept; ++i) {
      const pair& p = pairs[i % memory];
      add(p.weight - p.inverse * dot(p.turned, direction), p.moved, direction);
    }
    const double slope = dot(gradient, direction);
    double low = 0, high = INFINITY, step = kept > 0 ? 1 : 1 / std::max(1., std::sqrt(dot(gradient, gradient)));
    point there, gradient_there;
    double density = -INFINITY;
    bool found = false;
    for (int k = 0; k < 60 && !found; ++k) {
      there = x;
      add(step, direction, there);
      const bool finite = std::ranges::all_of(there, [](double v) { return std::isfinite(v); });
      density = finite ? target.log_density(there, gradient_there) : -INFINITY;
      if (!(density >= m.log_density + 1e-4 * step * slope))
        high = step;
      else if (dot(gradient_there, direction) > 0.9 * slope)
        low = step;
      else
        found = true;
      if (!found) step = high < INFINITY ? (low + high) / 2 : 2 * step;
    }
    if (!(density > m.log_density) && !found) {
      if (kept == 0) break;  // uphill there is nothing within rounding
      kept = 0;
      continue;
    }
    pair& p = pairs[kept % memory];
    for (std::size_t i = 0; i < x.size(); ++i) {
      p.moved[i] = there[i] - x[i];
      p.turned[i] = gradient[i] - gradient_there[i];
    }
    const double curvature = dot(p.moved, p.turned);
    if (curvature > 0) {
      p.inverse = 1 / curvature;
      ++kept;
    }
    x = there;
    gradient = gradient_there;
    m.log_density = density;
  }
  m.theta = target.constrain(x);
  return m;
}

/// The normal distribution over the free numbers around the posterior's mode. Tierney, Kadane: Accurate
/// approximations for posterior moments and marginal densities (1986).
struct laplace {
  int chains = 1;
  long iterations = 4000;  // draws, of each chain
  std::uint64_t seed = 1;
};

/// A fitted one.
template <class Model>
struct laplace_fit {
  inference::mode<Model> mode;     // over the free numbers
  std::vector<double> covariance;  // of them, row-major
  double log_evidence = 0;         // log of the integral of the model's density
};

/// Finds the mode, and the covariance as the inverse of minus the Hessian there, by central differences of gradients.
/// Throws bad_input where no maximum is found or the Hessian is not negative definite.
template <bayesian_model Model>
laplace_fit<Model> fit_laplace(const Model& model, std::uint64_t seed = 1,
                               std::span<const typename posterior<Model>::constrained> starts = {}) {
  constexpr long n = posterior<Model>::free_dimension;
  const posterior<Model> target(model);
  laplace_fit<Model> fit{.mode = maximise(model, {.jacobian = true, .seed = seed}, starts), .covariance = {}};
  if (!fit.mode.converged)
    errors::raise<bad_input>({"laplace: the posterior of ", type_name<Model>(),
                              " has no maximum that can be found; the last place was ",
                              detail::show(fit.mode.theta)});
  std::vector<double> precision(static_cast<std::size_t>(n * n));
  const auto at = [](std::vector<double>& a, long i, long j) -> double& {
    return a[static_cast<std::size_t>(i * n + j)];
  };
  for (long i = 0; i < n; ++i) {
    auto up = fit.mode.free, down = up;
    typename posterior<Model>::point above, below;
    const auto k = static_cast<std::size_t>(i);
    const double h = 1e-5 * std::max(1., std::abs(up[k]));
    up[k] += h;
    down[k] -= h;
    target.log_density(up, above);
    target.log_density(down, below);
    for (long j = 0; j < n; ++j) {
      const double second =
          (below[static_cast<std::size_t>(j)] - above[static_cast<std::size_t>(j)]) / (up[k] - down[k]);
      at(precision, i, j) += second / 2;
      at(precision, j, i) += second / 2;
    }
  }
  if (!tensor::cholesky(n, precision.data()))
    errors::raise<bad_input>({"laplace: the posterior of ", type_name<Model>(),
                              " does not curve downwards everywhere at its mode ", detail::show(fit.mode.theta)});
  fit.covariance.resize(precision.size());
  for (long i = 0; i < n; ++i) {
    at(fit.covariance, i, i) = 1;
    tensor::cholesky_solve(n, precision.data(), fit.covariance.data() + i * n);
  }
  fit.log_evidence = fit.mode.log_density + static_cast<double>(n) / 2 * std::log(2 * std::numbers::pi) -
                     tensor::cholesky_log_determinant(n, precision.data()) / 2;
  return fit;
}

/// Independent draws from the fitted normal distribution, constrained; their log_density is that of the posterior.
template <bayesian_model Model>
draws sample(const Model& model, const laplace_fit<Model>& fit, const chain_options& o,
             tensor::team& team = tensor::alone()) {
  detail::check(o, "laplace");
  auto factor = fit.covariance;
  if (!tensor::cholesky(posterior<Model>::free_dimension, factor.data()))
    errors::raise<bad_input>({"laplace: the covariance of ", type_name<Model>(), " is not positive definite"});
  return detail::normal_draws(posterior<Model>(model), fit.mode.free, factor, o, team);
}

/// The same from the fit of this call. Arguments and errors as of nuts. Stan: method = laplace.
template <bayesian_model Model>
draws sample(const Model& model, const laplace& o, tensor::team& team = tensor::alone(),
             std::span<const typename posterior<Model>::constrained> starts = {}) {
  const chain_options length{o.chains, 0, o.iterations, o.seed};
  detail::check(length, "laplace");
  return sample(model, fit_laplace(model, o.seed, starts), length, team);
}

}  // namespace genet::inline GENET_ISA::inference
