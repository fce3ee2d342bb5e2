#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../tensor/linear.hpp"
#include "estimate.hpp"
#include "frechet.hpp"

namespace genet::inline GENET_ISA::metrics {

// Divergences of two distributions p and q, in nats: of probabilities of the same outcomes, of normal distributions
// given by their `moments` (whose count is not looked at), and of any whose densities can be evaluated, by draws.
// Where q excludes what p allows, kl_divergence and cross_entropy are +infinity; the others are bounded.

namespace detail {

inline void check_probabilities(std::string_view metric, std::string_view name, std::span<const double> p) {
  double total = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (!(p[i] >= 0 && std::isfinite(p[i])))
      errors::raise<bad_input>(
          {metric, ": ", name, "[", i, "]: found ", std::to_string(p[i]), ", expected a probability"});
    total += p[i];
  }
  if (std::abs(total - 1) > 1e-6)
    errors::raise<bad_input>(
        {metric, ": ", name, ": found probabilities whose sum is ", std::to_string(total), ", expected 1"});
}

inline void check_probabilities(std::string_view metric, std::span<const double> p, std::span<const double> q) {
  if (p.size() != q.size() || p.empty())
    errors::raise<bad_input>({metric, ": found ", p.size(), " and ", q.size(),
                              " probabilities, expected as many of both, and some"});
  check_probabilities(metric, "p", p);
  check_probabilities(metric, "q", q);
}

// p log(p / q) with 0 log 0 = 0; +infinity where q is 0 and p is not.
inline double relative_term(double p, double q) { return p > 0 ? p * std::log(p / q) : 0; }

// The Cholesky factor of a matrix (d, d).
inline std::vector<double> root_of(std::string_view metric, std::string_view name, long d, std::vector<double> a) {
  if (!tensor::cholesky(d, a.data()))
    errors::raise<bad_input>({metric, ": the covariance of ", name, " is not positive definite"});
  return a;
}

inline void check_normal(std::string_view metric, const moments& p, const moments& q) {
  if (p.dimension != q.dimension || p.dimension < 1)
    errors::raise<bad_input>({metric, ": found moments of ", p.dimension, " and of ", q.dimension,
                              " dimensions, expected the same, and some"});
  for (const auto& [m, name] : {std::pair{&p, "p"}, std::pair{&q, "q"}}) {
    const auto d = static_cast<std::size_t>(m->dimension);
    if (m->mean.size() != d || m->covariance.size() != d * d)
      errors::raise<bad_input>({metric, ": ", name, ": found ", m->mean.size(), " means and ", m->covariance.size(),
                                " covariances of ", d, " dimensions"});
    for (const auto* numbers : {&m->mean, &m->covariance})
      for (const double v : *numbers)
        if (!std::isfinite(v))
          errors::raise<bad_input>({metric, ": ", name, ": found a moment that is not finite"});
  }
}

// |L^-1 (m_p - m_q)|^2
inline double squared_distance(const std::vector<double>& root, const moments& p, const moments& q) {
  std::vector<double> apart(p.mean.size());
  for (std::size_t i = 0; i < apart.size(); ++i) apart[i] = p.mean[i] - q.mean[i];
  tensor::solve_lower(p.dimension, root.data(), apart.data());
  return tensor::dot(apart.data(), apart.data(), p.dimension);
}

inline double normal_below(double x) { return std::erfc(-x / std::sqrt(2.)) / 2; }

// Log-densities of draws: those of the distribution that drew are finite, those of the other may be -infinity.
inline void check_log_densities(std::string_view metric, std::span<const double> own, std::span<const double> other) {
  if (own.size() != other.size() || own.empty())
    errors::raise<bad_input>({metric, ": found ", own.size(), " and ", other.size(),
                              " log-densities, expected both of the same draws, and some"});
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < own.size(); ++i)
    if (!std::isfinite(own[i]) || !(other[i] < infinity))
      errors::raise<bad_input>({metric, ": draw ", i, ": found log-densities ", std::to_string(own[i]), " and ",
                                std::to_string(other[i]), ", expected finite ones (-infinity of the other only)"});
}

}  // namespace detail

// Of probabilities.

/// Kullback-Leibler divergence sum_i p_i log(p_i / q_i), +infinity if p has an outcome that q has not. Throws bad_input
/// unless both are as many probabilities with sum 1 (to 1e-6), as all of these do. SciPy: stats.entropy(p, q).
inline double kl_divergence(std::span<const double> p, std::span<const double> q) {
  detail::check_probabilities("kl_divergence", p, q);
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) sum += detail::relative_term(p[i], q[i]);
  return std::max(sum, 0.);
}

/// -sum_i p_i log q_i, the mean length of outcomes of p in the code of q; of p and p its entropy. +infinity as above.
inline double cross_entropy(std::span<const double> p, std::span<const double> q) {
  detail::check_probabilities("cross_entropy", p, q);
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i)
    if (p[i] > 0) sum -= p[i] * std::log(q[i]);
  return sum;
}

/// (KL(p, m) + KL(q, m)) / 2 with m = (p + q) / 2: 0 to log 2, symmetric; its root is a metric. Lin 1991. SciPy:
/// spatial.distance.jensenshannon is the root.
inline double jensen_shannon(std::span<const double> p, std::span<const double> q) {
  detail::check_probabilities("jensen_shannon", p, q);
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const double m = (p[i] + q[i]) / 2;
    sum += detail::relative_term(p[i], m) + detail::relative_term(q[i], m);
  }
  return std::clamp(sum / 2, 0., std::log(2.));
}

/// Hellinger distance, the root of sum_i (p_i^(1/2) - q_i^(1/2))^2 / 2: 0 to 1.
inline double hellinger(std::span<const double> p, std::span<const double> q) {
  detail::check_probabilities("hellinger", p, q);
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const double apart = std::sqrt(p[i]) - std::sqrt(q[i]);
    sum += apart * apart;
  }
  return std::sqrt(std::min(sum / 2, 1.));
}

/// Total variation sum_i |p_i - q_i| / 2: the largest difference of the probabilities of an event, 0 to 1.
inline double total_variation(std::span<const double> p, std::span<const double> q) {
  detail::check_probabilities("total_variation", p, q);
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) sum += std::abs(p[i] - q[i]);
  return std::min(sum / 2, 1.);
}

// Of normal distributions, in closed form.

/// (tr(C_q^-1 C_p) + |m_p - m_q|^2_(C_q^-1) - d + log det C_q - log det C_p) / 2. Throws bad_input for other
/// dimensions, moments that are not finite, covariances that are not positive definite. PyTorch: kl_divergence of two
/// MultivariateNormal.
inline double kl_divergence(const moments& p, const moments& q) {
  detail::check_normal("kl_divergence", p, q);
  const long d = p.dimension;
  const auto root_p = detail::root_of("kl_divergence", "p", d, p.covariance),
             root_q = detail::root_of("kl_divergence", "q", d, q.covariance);
  // tr(C_q^-1 C_p) is the sum of the squares of L_q^-1 L_p
  double trace = 0;
  std::vector<double> column(static_cast<std::size_t>(d));
  for (long j = 0; j < d; ++j) {
    for (long i = 0; i < d; ++i) column[static_cast<std::size_t>(i)] = root_p[static_cast<std::size_t>(i * d + j)];
    tensor::solve_lower(d, root_q.data(), column.data());
    trace += tensor::dot(column.data(), column.data(), d);
  }
  const double volume =
      tensor::cholesky_log_determinant(d, root_q.data()) - tensor::cholesky_log_determinant(d, root_p.data());
  return std::max((trace + detail::squared_distance(root_q, p, q) - static_cast<double>(d) + volume) / 2, 0.);
}

/// The root of 1 - exp(-|m_p - m_q|^2_(C^-1) / 8) (det C_p det C_q)^(1/4) / (det C)^(1/2), where C = (C_p + C_q) / 2.
/// Throws as above. Pardo: Statistical Inference Based on Divergence Measures (2006).
inline double hellinger(const moments& p, const moments& q) {
  detail::check_normal("hellinger", p, q);
  const long d = p.dimension;
  const auto root_p = detail::root_of("hellinger", "p", d, p.covariance),
             root_q = detail::root_of("hellinger", "q", d, q.covariance);
  std::vector<double> middle(p.covariance.size());
  for (std::size_t i = 0; i < middle.size(); ++i) middle[i] = (p.covariance[i] + q.covariance[i]) / 2;
  const auto root = detail::root_of("hellinger", "(p + q) / 2", d, std::move(middle));
  const double log_affinity =
      (tensor::cholesky_log_determinant(d, root_p.data()) + tensor::cholesky_log_determinant(d, root_q.data())) / 4 -
      tensor::cholesky_log_determinant(d, root.data()) / 2 - detail::squared_distance(root, p, q) / 8;
  return std::sqrt(std::max(-std::expm1(log_affinity), 0.));
}

/// Where there is a closed form: for equal covariances 2 F(|m_p - m_q|_(C^-1) / 2) - 1, F the standard normal
/// distribution function, and on the line for any variances, by the two points where the densities cross. Throws
/// bad_input as above, usage_error for other covariances in more dimensions (draws give an estimate).
inline double total_variation(const moments& p, const moments& q) {
  detail::check_normal("total_variation", p, q);
  const auto root_p = detail::root_of("total_variation", "p", p.dimension, p.covariance);
  detail::root_of("total_variation", "q", q.dimension, q.covariance);
  if (p.covariance == q.covariance)
    return std::erf(std::sqrt(detail::squared_distance(root_p, p, q) / 8));
  if (p.dimension != 1)
    errors::raise<usage_error>({"total_variation: normal distributions of ", p.dimension,
                                " dimensions have a closed form only for equal covariances; use "
                                "estimated_total_variation"});
  // About the mean of the narrower one, in its deviations, log-densities differ by a x^2 + b x + c, and a > 0.
  const bool swapped = p.covariance[0] > q.covariance[0];
  const moments &narrow = swapped ? q : p, &wide = swapped ? p : q;
  const double unit = std::sqrt(narrow.covariance[0]), mean = (wide.mean[0] - narrow.mean[0]) / unit,
               deviation = std::sqrt(wide.covariance[0]) / unit, ratio = 1 / (deviation * deviation);
  const double a = (1 - ratio) / 2, b = mean * ratio, c = -mean * mean * ratio / 2 - std::log(deviation);
  const double half = (b + std::copysign(std::sqrt(b * b - 4 * a * c), b)) / -2;  // no difference of equal numbers
  const double x = half / a, y = c / half, low = std::min(x, y), high = std::max(x, y);
  const auto between = [&](double m, double s) {
    return detail::normal_below((high - m) / s) - detail::normal_below((low - m) / s);
  };
  return std::clamp(between(0, 1) - between(mean, deviation), 0., 1.);
}

/// Wasserstein-2 distance, the root of `frechet_distance`. Dowson, Landau 1982.
inline double wasserstein_2(const moments& p, const moments& q, tensor::team& t = tensor::alone()) {
  detail::check_normal("wasserstein_2", p, q);
  return std::sqrt(frechet_distance(p, q, t));
}

// Of anything that can be drawn from, whose normalised log-densities are known at the draws.

/// KL(p, q) as the mean of log p(x) - log q(x) over draws x of p, where the spans hold the log-densities. +infinity
/// with an error of NaN if q excludes a draw. Throws bad_input for NaN, +infinity, another number of them.
inline estimate estimated_kl(std::span<const double> log_p, std::span<const double> log_q) {
  detail::check_log_densities("estimated_kl", log_p, log_q);
  std::vector<double> terms(log_p.size());
  for (std::size_t i = 0; i < terms.size(); ++i) terms[i] = log_p[i] - log_q[i];
  return detail::mean_of(terms);
}

/// Total variation as the mean of max(1 - q(x) / p(x), 0) over draws x of p. Throws as above.
inline estimate estimated_total_variation(std::span<const double> log_p, std::span<const double> log_q) {
  detail::check_log_densities("estimated_total_variation", log_p, log_q);
  std::vector<double> terms(log_p.size());
  for (std::size_t i = 0; i < terms.size(); ++i) terms[i] = std::max(-std::expm1(log_q[i] - log_p[i]), 0.);
  return detail::mean_of(terms);
}

/// Both log-densities at draws of a distribution.
struct log_densities {
  std::span<const double> p, q;
};

/// Jensen-Shannon divergence from draws of p and draws of q: each adds half of the mean of log 2 - log(1 + r), r the
/// other density over its own. Throws as above.
inline estimate estimated_jensen_shannon(const log_densities& at_p, const log_densities& at_q) {
  const auto half = [](std::span<const double> own, std::span<const double> other) {
    detail::check_log_densities("estimated_jensen_shannon", own, other);
    std::vector<double> terms(own.size());
    for (std::size_t i = 0; i < terms.size(); ++i) {
      const double r = other[i] - own[i];
      terms[i] = std::log(2.) - (r > 0 ? r + std::log1p(std::exp(-r)) : std::log1p(std::exp(r)));
    }
    return detail::mean_of(terms);
  };
  const estimate a = half(at_p.p, at_p.q), b = half(at_q.q, at_q.p);
  return {(a.mean + b.mean) / 2, std::hypot(a.standard_error, b.standard_error) / 2};
}

}  // namespace genet::inline GENET_ISA::metrics
