#pragma once
// Have chains converged, and how many independent draws are theirs worth? Vehtari, Gelman, Simpson, Carpenter,
// Buerkner: Rank-normalization, folding, and localization: an improved R-hat (Bayesian Analysis 16, 2021). The
// numbers are those of the R package posterior.

#include <genet/declare/error.hpp>
#include <genet/tensor/linear.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

namespace genet::inline GENET_ISA::inference {

/// Draws of one quantity: `chains` chains of the same length, one after the other. bad_input if they are not.
struct chain_draws {
  std::span<const double> values;
  long chains = 1, length = 0;

  chain_draws(std::span<const double> draws, long number_of_chains)
      : values(draws), chains(number_of_chains), length(chains > 0 ? static_cast<long>(draws.size()) / chains : 0) {
    if (length == 0 || length * chains != static_cast<long>(draws.size()))
      errors::raise<bad_input>({"chain diagnostics: found ", draws.size(), " draws of ", chains,
                                " chains, expected as many of each, at least one"});
  }
  std::span<const double> chain(long i) const {
    return values.subspan(static_cast<std::size_t>(i * length), static_cast<std::size_t>(length));
  }
};

namespace detail {

inline constexpr double not_defined = std::numeric_limits<double>::quiet_NaN();

inline double mean_of(std::span<const double> x) {
  return std::accumulate(x.begin(), x.end(), 0.) / static_cast<double>(x.size());
}

/// With n - 1 below the sum.
inline double variance_of(std::span<const double> x) {
  const double mean = mean_of(x);
  double squares = 0;
  for (const double v : x) squares += (v - mean) * (v - mean);
  return squares / static_cast<double>(x.size() - 1);
}

/// Without a spread, or with a value that is not finite, nothing is defined.
inline bool is_degenerate(std::span<const double> x) {
  if (!std::ranges::all_of(x, [](double v) { return std::isfinite(v); })) return true;
  const auto [low, high] = std::ranges::minmax(x);
  return high - low < std::numeric_limits<double>::epsilon();
}

/// Quantile `p` of the standard normal distribution. Wichura: algorithm AS 241 (1988), PPND16.
inline double normal_quantile(double p) {
  const auto ratio = [](double r, const double(&over)[8], const double(&under)[8]) {
    double a = 0, b = 0;
    for (int i = 7; i >= 0; --i) a = a * r + over[i], b = b * r + under[i];
    return a / b;
  };
  const double q = p - 0.5;
  if (std::abs(q) <= 0.425)
    return q *
           ratio(
               0.180625 - q * q,
               {3.3871328727963666080, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
                4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3},
               {1, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3, 2.1213794301586595867e4,
                3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3});
  const double r = std::sqrt(-std::log(q < 0 ? p : 1 - p));
  const double x = r <= 5 ? ratio(r - 1.6,
                                  {1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550,
                                   3.64784832476320460504, 1.27045825245236838258, 2.41780725177450611770e-1,
                                   2.27238449892691845833e-2, 7.74545014278341407640e-4},
                                  {1, 2.05319162663775882187, 1.67638483018380384940, 6.89767334985100004550e-1,
                                   1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
                                   1.05075007164441684324e-9})
                          : ratio(r - 5,
                                  {6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580,
                                   2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                   2.71155556874348757815e-5, 2.01033439929228813265e-7},
                                  {1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
                                   7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
                                   2.04426310338993978564e-15});
  return q < 0 ? -x : x;
}

/// Distribution function of Beta(a, b), by its continued fraction (Lentz's way to evaluate it).
inline double beta_distribution(double a, double b, double x) {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - beta_distribution(b, a, 1 - x);
  constexpr double tiny = 1e-300;
  const auto away = [](double v) { return std::abs(v) < tiny ? tiny : v; };
  double c = 1, d = 1 / away(1 - (a + b) * x / (a + 1)), fraction = d;
  for (int m = 1; m < 10'000; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    fraction *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    fraction *= d * c;
    if (std::abs(d * c - 1) < 1e-15) break;
  }
  const double front = std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x);
  return std::exp(front) * fraction / a;
}

/// Quantile `p` of Beta(a, b), by halving.
inline double beta_quantile(double p, double a, double b) {
  double low = 0, high = 1;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (beta_distribution(a, b, middle) < p ? low : high) = middle;
  }
  return (low + high) / 2;
}

/// Quantile of sorted numbers, linear between them (R's type 7).
inline double quantile_of_sorted(std::span<const double> x, double p) {
  const double at = static_cast<double>(x.size() - 1) * p, floor = std::floor(at);
  const auto i = static_cast<std::size_t>(floor);
  const double h = at - floor;
  if (h == 0 || i + 1 == x.size() || x[i + 1] == x[i]) return x[i];
  return (1 - h) * x[i] + h * x[i + 1];
}

inline std::vector<double> sorted(std::span<const double> x) {
  std::vector<double> out(x.begin(), x.end());
  std::ranges::sort(out);
  return out;
}

/// f of every value.
template <class F>
std::vector<double> mapped(std::span<const double> x, const F& f) {
  std::vector<double> out(x.size());
  std::ranges::transform(x, out.begin(), f);
  return out;
}

/// Each chain as two, without its middle draw if their number is odd.
inline std::vector<double> split(const chain_draws& x) {
  if (x.length == 1) return {x.values.begin(), x.values.end()};
  std::vector<double> out;
  const auto half = static_cast<std::size_t>(x.length / 2);
  for (long c = 0; c < x.chains; ++c) {
    const auto chain = x.chain(c);
    for (const auto part : {chain.first(half), chain.last(half)}) out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}
inline long split_chains(const chain_draws& x) { return x.length == 1 ? x.chains : 2 * x.chains; }

/// Ranks among all (equal ones share their mean) as quantiles of the normal distribution; Blom's offset 3/8.
inline std::vector<double> rank_normalised(std::span<const double> x) {
  std::vector<std::size_t> order(x.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return x[a] < x[b]; });
  std::vector<double> out(x.size());
  for (std::size_t first = 0, last = 0; first < order.size(); first = last) {
    while (last < order.size() && x[order[last]] == x[order[first]]) ++last;
    const double rank = static_cast<double>(first + 1 + last) / 2;
    const double z = normal_quantile((rank - 0.375) / (static_cast<double>(x.size()) + 0.25));
    for (std::size_t i = first; i < last; ++i) out[order[i]] = z;
  }
  return out;
}

inline double potential_scale_reduction(const chain_draws& x) {
  if (is_degenerate(x.values) || x.length < 2) return not_defined;
  std::vector<double> means, variances;
  for (long c = 0; c < x.chains; ++c) {
    means.push_back(mean_of(x.chain(c)));
    variances.push_back(variance_of(x.chain(c)));
  }
  const auto n = static_cast<double>(x.length);
  return std::sqrt((n * variance_of(means) / mean_of(variances) + n - 1) / n);
}

/// Effective sample size of the mean of these chains as they are: Geyer's initial monotone sequence of
/// autocorrelations.
inline double effective_size(const chain_draws& x) {
  const long n = x.length;
  if (n < 3 || is_degenerate(x.values)) return not_defined;
  std::vector<double> centred(x.values.begin(), x.values.end()), means;
  for (long c = 0; c < x.chains; ++c) {
    means.push_back(mean_of(x.chain(c)));
    for (long i = 0; i < n; ++i) centred[static_cast<std::size_t>(c * n + i)] -= means.back();
  }
  const auto autocovariance = [&](long lag) {
    double sum = 0;
    for (long c = 0; c < x.chains; ++c) {
      const double* chain = centred.data() + c * n;
      sum += tensor::dot(chain, chain + lag, n - lag);
    }
    return sum / static_cast<double>(n * x.chains);
  };
  const double within = autocovariance(0) * static_cast<double>(n) / static_cast<double>(n - 1);
  const double all =
      within * static_cast<double>(n - 1) / static_cast<double>(n) + (x.chains > 1 ? variance_of(means) : 0);
  const auto correlation = [&](long lag) { return 1 - (within - autocovariance(lag)) / all; };

  std::vector<double> rho(static_cast<std::size_t>(n), 0.);
  const auto at = [&](long i) -> double& { return rho[static_cast<std::size_t>(i)]; };
  double even = 1, odd = correlation(1);
  at(0) = even;
  at(1) = odd;
  long last = 0;
  while (last < n - 5 && even + odd > 0) {
    last += 2;
    even = correlation(last);
    odd = correlation(last + 1);
    if (even + odd >= 0) {
      at(last) = even;
      at(last + 1) = odd;
    }
  }
  if (even > 0) at(last) = even;
  for (long t = 2; t <= last - 2; t += 2)
    if (at(t) + at(t + 1) > at(t - 2) + at(t - 1)) at(t) = at(t + 1) = (at(t - 2) + at(t - 1)) / 2;
  const auto draws = static_cast<double>(n * x.chains);
  // R sums 1 to `last`, which is one number even if `last` is 0.
  const double sum = std::accumulate(rho.begin(), rho.begin() + std::max(last, 1L), 0.);
  return draws / std::max(-1 + 2 * sum + at(last), 1 / std::log10(draws));
}

inline double split_effective_size(const chain_draws& x, const std::vector<double>& values) {
  const auto halves = split({values, x.chains});
  return effective_size({halves, split_chains(x)});
}

inline void check_probability(double p) {
  if (!(p >= 0 && p <= 1)) throw usage_error("chain diagnostics: a quantile's probability must lie in [0, 1]");
}

}  // namespace detail

/// Potential scale reduction: the larger one of those of the rank-normalised and of the folded split chains.
/// Below 1.01 when all chains explore the same distribution. NaN if the draws do not differ or one is not finite.
/// posterior: rhat.
inline double r_hat(const chain_draws& x) {
  if (detail::is_degenerate(x.values)) return detail::not_defined;
  const auto of = [&](std::span<const double> values) {
    const auto z = detail::rank_normalised(detail::split({values, x.chains}));
    return detail::potential_scale_reduction({z, detail::split_chains(x)});
  };
  const double median = detail::quantile_of_sorted(detail::sorted(x.values), 0.5);
  return std::max(of(x.values), of(detail::mapped(x.values, [&](double v) { return std::abs(v - median); })));
}

/// Effective sample size of the bulk, of rank-normalised draws; at least 100 a chain for the diagnostics themselves
/// to be trusted. NaN as r_hat. posterior: ess_bulk.
inline double ess_bulk(const chain_draws& x) {
  if (detail::is_degenerate(x.values)) return detail::not_defined;
  const auto z = detail::rank_normalised(detail::split(x));
  return detail::effective_size({z, detail::split_chains(x)});
}

/// Effective sample size for the quantile of probability `p`. posterior: ess_quantile.
inline double ess_quantile(const chain_draws& x, double p) {
  detail::check_probability(p);
  if (detail::is_degenerate(x.values)) return detail::not_defined;
  const auto n = static_cast<double>(x.values.size());
  const double q = detail::quantile_of_sorted(detail::sorted(x.values), p == 1 ? (n - 0.5) / n : p);
  return detail::split_effective_size(x, detail::mapped(x.values, [&](double v) { return v <= q ? 1. : 0.; }));
}

/// Effective sample size of the tails: the smaller one of those of the 5 % and 95 % quantiles. posterior: ess_tail.
inline double ess_tail(const chain_draws& x) { return std::min(ess_quantile(x, 0.05), ess_quantile(x, 0.95)); }

/// Effective sample size of the mean. posterior: ess_mean.
inline double ess_mean(const chain_draws& x) {
  return detail::split_effective_size(x, {x.values.begin(), x.values.end()});
}

/// Monte Carlo standard error of the mean. posterior: mcse_mean.
inline double mcse_mean(const chain_draws& x) { return std::sqrt(detail::variance_of(x.values) / ess_mean(x)); }

/// Monte Carlo standard error of the standard deviation. posterior: mcse_sd.
inline double mcse_sd(const chain_draws& x) {
  const double mean = detail::mean_of(x.values);
  const auto squares = detail::mapped(x.values, [&](double v) { return (v - mean) * (v - mean); });
  const double variance = detail::mean_of(squares);
  const double fourth = detail::mean_of(detail::mapped(squares, [](double v) { return v * v; }));
  return std::sqrt((fourth - variance * variance) / detail::split_effective_size(x, squares) / variance / 4);
}

/// Monte Carlo standard error of the quantile of probability `p`. posterior: mcse_quantile.
inline double mcse_quantile(const chain_draws& x, double p) {
  const double ess = ess_quantile(x, p);
  if (std::isnan(ess)) return ess;
  const auto values = detail::sorted(x.values);
  const auto n = static_cast<double>(values.size());
  const auto edge = [&](double probability) {
    return n * detail::beta_quantile(probability, ess * p + 1, ess * (1 - p) + 1);
  };
  const auto low = static_cast<std::size_t>(std::max(std::floor(edge(0.1586553)), 1.));
  const auto high = static_cast<std::size_t>(std::min(std::ceil(edge(0.8413447)), n));
  return (values[high - 1] - values[low - 1]) / 2;
}

/// Energy's Bayesian fraction of missing information of one chain: how much the energy changes from draw to draw, as
/// a part of its spread. Below 0.3 the momenta do not carry the chain through the tails. Betancourt: Diagnosing
/// suboptimal cotangent disintegrations (2016).
inline double e_bfmi(std::span<const double> energies) {
  if (energies.size() < 2 || detail::is_degenerate(energies)) return detail::not_defined;
  double changes = 0;
  for (std::size_t i = 1; i < energies.size(); ++i)
    changes += (energies[i] - energies[i - 1]) * (energies[i] - energies[i - 1]);
  return changes / (detail::variance_of(energies) * static_cast<double>(energies.size() - 1));
}

/// The shape of the generalised Pareto distribution that the largest importance weights follow, from their logarithms:
/// below 0.7 an approximation covers its target well enough to be corrected by them, let alone be believed. Vehtari,
/// Simpson, Gelman, Yao, Gabry: Pareto smoothed importance sampling (JMLR 25, 2024); for fits of variational inference
/// Yao et al.: Yes, but did it work? (2018); the estimate is that of Zhang, Stephens (2009). Infinite where the
/// weights are not finite, NaN for less than 25 of them. loo: pareto_k_values.
inline double pareto_k(std::span<const double> log_weights) {
  const auto all = static_cast<double>(log_weights.size());
  if (all < 25) return detail::not_defined;
  auto x = detail::sorted(log_weights);
  const double top = x.back();
  if (!std::ranges::all_of(x, [](double v) { return v < INFINITY; }) || !(top > -INFINITY)) return INFINITY;
  const auto tail = static_cast<std::size_t>(std::ceil(std::min(0.2 * all, 3 * std::sqrt(all))));
  const double cut = std::exp(x[x.size() - tail - 1] - top);
  x.erase(x.begin(), x.end() - static_cast<std::ptrdiff_t>(tail));
  for (double& v : x) v = std::exp(v - top) - cut;
  if (!(x.front() > 0)) return -INFINITY;  // weights that hardly differ have no tail
  const auto n = static_cast<double>(tail);
  const auto shape = [&](double theta) {
    double sum = 0;
    for (const double v : x) sum += std::log1p(-theta * v);
    return sum / n;
  };
  const long points = 30 + static_cast<long>(std::sqrt(n));
  const double quarter = x[static_cast<std::size_t>(n / 4 + 0.5) - 1];
  std::vector<double> thetas, likelihoods;
  for (long j = 0; j < points; ++j) {
    const double theta =
        1 / x.back() +
        (1 - std::sqrt(static_cast<double>(points) / (static_cast<double>(j) + 0.5))) / (3 * quarter);
    const double k = shape(theta);
    thetas.push_back(theta);
    likelihoods.push_back(n * (std::log(-theta / k) - k - 1));
  }
  const double best = *std::ranges::max_element(likelihoods);
  double mean = 0, mass = 0;
  for (std::size_t j = 0; j < thetas.size(); ++j) {
    const double weight = std::exp(likelihoods[j] - best);
    mean += weight * thetas[j];
    mass += weight;
  }
  return (shape(mean / mass) * n + 0.5 * 10) / (n + 10);  // as if ten more of 0.5 had been seen
}

/// All of them for one quantity.
struct quantity_summary {
  double mean = 0, sd = 0, q5 = 0, median = 0, q95 = 0;
  double mcse_mean = 0, mcse_sd = 0, r_hat = 0, ess_bulk = 0, ess_tail = 0;
};

/// posterior: summarise_draws.
inline quantity_summary summarise(const chain_draws& x) {
  const auto values = detail::sorted(x.values);
  return {.mean = detail::mean_of(x.values),
          .sd = std::sqrt(detail::variance_of(x.values)),
          .q5 = detail::quantile_of_sorted(values, 0.05),
          .median = detail::quantile_of_sorted(values, 0.5),
          .q95 = detail::quantile_of_sorted(values, 0.95),
          .mcse_mean = mcse_mean(x),
          .mcse_sd = mcse_sd(x),
          .r_hat = r_hat(x),
          .ess_bulk = ess_bulk(x),
          .ess_tail = ess_tail(x)};
}

}  // namespace genet::inline GENET_ISA::inference
