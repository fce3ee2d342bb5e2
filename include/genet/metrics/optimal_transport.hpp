#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../tensor/simd.hpp"
#include "pairs.hpp"

namespace genet::inline GENET_ISA::metrics {

/// What `assignment` found: the column of each row, and the sum of their costs.
struct assigned {
  std::vector<long> columns;
  double cost = 0;
};

/// The cheapest way to give each row a column of its own: costs (rows, columns), at least as many columns as rows.
/// Exact, by shortest augmenting paths, rows^2 columns operations. Kuhn 1955; Jonker, Volgenant 1987. SciPy:
/// optimize.linear_sum_assignment. Throws bad_input for costs that are not finite or are not so many.
inline assigned assignment(std::span<const double> costs, long rows, long columns) {
  if (rows < 0 || columns < rows || static_cast<long>(costs.size()) != rows * columns)
    errors::raise<bad_input>({"assignment: found ", costs.size(), " costs of ", rows, " rows and ", columns,
                              " columns, expected a cost for each pair and no fewer columns than rows"});
  for (std::size_t i = 0; i < costs.size(); ++i)
    if (!std::isfinite(costs[i]))
      errors::raise<bad_input>({"assignment: found cost ", std::to_string(costs[i]), " in row ",
                                static_cast<long>(i) / columns, ", expected finite costs"});
  constexpr long none = -1;
  const auto n = static_cast<std::size_t>(columns);
  std::vector<double> row_price(static_cast<std::size_t>(rows)), price(n), distance(n);
  std::vector<long> row_of(n, none), before(n);  // before: the column from which the shortest path comes
  std::vector<std::size_t> order(n);             // columns that are reached, in that order, then the others
  for (long start = 0; start < rows; ++start) {
    // Dijkstra's search over columns, with costs less both prices, which are not negative.
    std::ranges::fill(distance, std::numeric_limits<double>::infinity());
    std::iota(order.begin(), order.end(), std::size_t{0});
    long row = start, from = none;
    std::size_t done = 0;
    for (double reached = 0; from == none || row != none; ++done) {
      const double* cost = costs.data() + row * columns;
      std::size_t nearest = done;
      for (std::size_t k = done; k < n; ++k) {
        const std::size_t j = order[k];
        const double through = reached + cost[j] - row_price[static_cast<std::size_t>(row)] - price[j];
        if (through < distance[j]) {
          distance[j] = through;
          before[j] = from;
        }
        if (distance[j] < distance[order[nearest]]) nearest = k;
      }
      std::swap(order[done], order[nearest]);
      reached = distance[order[done]];
      from = static_cast<long>(order[done]);
      row = row_of[order[done]];
    }
    // Prices such that all of the path is for nothing.
    const double length = distance[static_cast<std::size_t>(from)];
    row_price[static_cast<std::size_t>(start)] += length;
    for (std::size_t k = 0; k + 1 < done; ++k) {
      const std::size_t j = order[k];
      row_price[static_cast<std::size_t>(row_of[j])] += length - distance[j];
      price[j] -= length - distance[j];
    }
    for (long j = from; j != none;) {
      const long previous = before[static_cast<std::size_t>(j)];
      row_of[static_cast<std::size_t>(j)] = previous == none ? start : row_of[static_cast<std::size_t>(previous)];
      j = previous;
    }
  }
  assigned a{std::vector<long>(static_cast<std::size_t>(rows)), 0};
  for (long j = 0; j < columns; ++j)
    if (const long row = row_of[static_cast<std::size_t>(j)]; row != none) a.columns[static_cast<std::size_t>(row)] = j;
  for (long i = 0; i < rows; ++i)
    a.cost += costs[static_cast<std::size_t>(i * columns + a.columns[static_cast<std::size_t>(i)])];
  return a;
}

namespace detail {

// |x_i - y_j|^order of all pairs, (count of x, count of y).
inline std::vector<double> transport_costs(const points& x, const points& y, double order, tensor::team& t) {
  std::vector<double> costs(static_cast<std::size_t>(x.count() * y.count()));
  each_row_of_distances(x, y, t, [&](long i, std::span<const double> squares) {
    std::ranges::transform(squares, costs.begin() + i * y.count(),
                           [&](double s) { return order == 2 ? s : std::pow(s, order / 2); });
  });
  return costs;
}

inline void check_transport_order(std::string_view metric, double order) {
  if (!(order >= 1 && std::isfinite(order)))
    errors::raise<usage_error>({metric, ": expected an order of at least 1"});
}

}  // namespace detail

/// Wasserstein distance (min over pairings of mean |x_i - y_pair(i)|^p)^(1/p) of two samples of as many points of any
/// dimension, exact: for hundreds to some thousand points, as it takes count^3 operations. Throws usage_error unless
/// order >= 1, bad_input for other dimensions or numbers of points, no points, NaN.
inline double paired_wasserstein(const points& sample, const points& reference, double order = 2,
                                 tensor::team& t = tensor::alone()) {
  detail::check_transport_order("paired_wasserstein", order);
  detail::check("paired_wasserstein", sample, reference, 1);
  const long n = sample.count();
  if (reference.count() != n)
    errors::raise<bad_input>({"paired_wasserstein: found ", n, " and ", reference.count(),
                              " points, expected as many of both (else: sinkhorn_divergence)"});
  const auto costs = detail::transport_costs(sample, reference, order, t);
  return std::pow(assignment(costs, n, n).cost / static_cast<double>(n), 1 / order);
}

struct sinkhorn_options {
  double regularisation = 0.05;  ///< weight of the entropy, in units of the cost
  double order = 2;              ///< of points: the cost is |x - y|^order
  long iterations = 10'000;      ///< at most
  double tolerance = 1e-9;       ///< ends when the masses of the rows are met so far, in the sum of their differences
};

/// What `sinkhorn` found.
struct transported {
  double value = 0;  ///< sum of cost * plan + regularisation * KL(plan, a b): what was minimised
  double cost = 0;   ///< sum of cost * plan
  long iterations = 0;
  bool converged = false;
};

namespace detail {

// log sum_j exp((h_j - c_j) scale + log_mass_j)
inline double log_sum_of_exponentials(std::span<const double> costs, const double* h, const double* log_mass,
                                      double scale) {
  using V = tensor::simd<double>;
  constexpr double lowest = -std::numeric_limits<double>::infinity();
  const auto n = static_cast<long>(costs.size());
  const auto exponent = [&](long j, long count) {
    return (tensor::load_partial(h + j, count) - tensor::load_partial(costs.data() + j, count)) * V(scale) +
           tensor::load_partial(log_mass + j, count, lowest);
  };
  V top(lowest), sum(0.);
  tensor::each_vector<double>(n, [&](long j, long count) { top = xsimd::max(top, exponent(j, count)); });
  const double highest = tensor::horizontal_max(top);
  tensor::each_vector<double>(n,
                              [&](long j, long count) { sum = sum + xsimd::exp(exponent(j, count) - V(highest)); });
  return highest + std::log(tensor::horizontal_sum(sum));
}

inline std::vector<double> log_masses(std::string_view name, std::span<const double> masses) {
  double total = 0;
  std::vector<double> logs;
  for (const double m : masses) {
    if (!(m >= 0 && std::isfinite(m)))
      errors::raise<bad_input>(
          {"sinkhorn: ", name, "[", logs.size(), "]: found mass ", std::to_string(m), ", expected none below zero"});
    total += m;
    logs.push_back(std::log(m));
  }
  if (std::abs(total - 1) > 1e-6)
    errors::raise<bad_input>(
        {"sinkhorn: ", name, ": found masses whose sum is ", std::to_string(total), ", expected 1"});
  return logs;
}

inline void check_sinkhorn(const sinkhorn_options& o) {
  if (!(o.regularisation > 0 && std::isfinite(o.regularisation)) || o.iterations < 1)
    errors::raise<usage_error>({"sinkhorn: expected a regularisation above zero and at least one iteration"});
}

// out_i = -regularisation log sum_j mass_j exp((h_j - cost_ij) / regularisation)
inline void transport_potentials(const std::vector<double>& costs, const std::vector<double>& h,
                                 const std::vector<double>& log_mass, double regularisation, std::vector<double>& out,
                                 tensor::team& t) {
  t.divide(static_cast<long>(out.size()), 1, [&](long first, long count) {
    for (auto i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(first + count); ++i)
      out[i] = -regularisation * log_sum_of_exponentials(std::span(costs).subspan(i * h.size(), h.size()), h.data(),
                                                         log_mass.data(), 1 / regularisation);
  });
}

}  // namespace detail

/// The plan that moves the masses `a` (rows) to the masses `b` (columns) at the least cost with an entropy in it:
/// min over plans of sum cost * plan + regularisation * KL(plan, a b). In logarithms, so that a small regularisation
/// neither over- nor underflows (it takes iterations in proportion to its inverse). Cuturi 2013 (arXiv 1306.0895);
/// Peyré, Cuturi: Computational Optimal Transport (2019), 4.4. The same bits for any team. Throws usage_error for a
/// regularisation that is not above zero, bad_input for costs that are not finite or not so many, masses below zero or
/// whose sum is not 1 (to 1e-6).
inline transported sinkhorn(std::span<const double> costs, std::span<const double> a, std::span<const double> b,
                            const sinkhorn_options& o = {}, tensor::team& t = tensor::alone()) {
  detail::check_sinkhorn(o);
  const std::size_t m = a.size(), n = b.size();
  if (m == 0 || n == 0 || costs.size() != m * n)
    errors::raise<bad_input>({"sinkhorn: found ", costs.size(), " costs of ", m, " and ", n,
                              " masses, expected a cost for each pair"});
  for (const double c : costs)
    if (!std::isfinite(c)) errors::raise<bad_input>({"sinkhorn: found a cost that is not finite"});
  const auto log_a = detail::log_masses("a", a), log_b = detail::log_masses("b", b);
  std::vector<double> turned(costs.size());
  for (std::size_t i = 0; i < m; ++i)
    for (std::size_t j = 0; j < n; ++j) turned[j * m + i] = costs[i * n + j];

  const double scale = 1 / o.regularisation;
  const auto potentials = [&](const std::vector<double>& all, const std::vector<double>& h,
                              const std::vector<double>& log_mass, std::vector<double>& out) {
    detail::transport_potentials(all, h, log_mass, o.regularisation, out, t);
  };
  const std::vector<double> straight(costs.begin(), costs.end());
  std::vector<double> f(m), g(n), next(m);
  transported r;
  while (r.iterations < o.iterations && !r.converged) {
    potentials(straight, g, log_b, next);
    // With g the masses of the columns were met; those of the rows are a exp((f - next) / regularisation).
    double off = 0;
    for (std::size_t i = 0; i < m; ++i) off += a[i] * std::abs(std::expm1((f[i] - next[i]) * scale));
    r.converged = r.iterations > 0 && off < o.tolerance;
    f.swap(next);
    if (r.converged) break;
    potentials(turned, f, log_a, g);
    ++r.iterations;
  }
  // f was renewed last, so the rows are met and the sum of the plan is 1; or g was, and the columns are.
  for (std::size_t i = 0; i < m; ++i)
    if (a[i] > 0)
      for (std::size_t j = 0; j < n; ++j)
        if (b[j] > 0) r.cost += costs[i * n + j] * a[i] * b[j] * std::exp((f[i] + g[j] - costs[i * n + j]) * scale);
  for (std::size_t i = 0; i < m; ++i) r.value += a[i] * f[i];
  for (std::size_t j = 0; j < n; ++j) r.value += b[j] * g[j];
  return r;
}

/// Sinkhorn divergence S(x, y) = W(x, y) - W(x, x) / 2 - W(y, y) / 2 of two samples, W the value of `sinkhorn` of equal
/// masses: not negative, zero for equal samples, between Wasserstein^order (regularisation to 0) and, for order 1 or
/// 2, an energy distance or the distance of means (to infinity). Feydy et al. 2019 (arXiv 1810.08278). Throws as
/// sinkhorn, bad_input for other dimensions, no points, NaN, training_error if the iterations do not suffice.
inline double sinkhorn_divergence(const points& sample, const points& reference, const sinkhorn_options& o = {},
                                  tensor::team& t = tensor::alone()) {
  detail::check_transport_order("sinkhorn_divergence", o.order);
  detail::check("sinkhorn_divergence", sample, reference, 1);
  detail::check_sinkhorn(o);
  const auto insist = [&](bool converged) {
    if (!converged)
      errors::raise<training_error>({"sinkhorn_divergence: ", o.iterations,
                                     " iterations do not suffice; take more, or a larger regularisation"});
  };
  const auto equal = [](const points& x) {
    return std::vector<double>(static_cast<std::size_t>(x.count()), 1 / static_cast<double>(x.count()));
  };
  // To itself both potentials are the same; half steps towards them converge fast, whole ones do not.
  const auto to_itself = [&](const points& x) {
    const auto costs = detail::transport_costs(x, x, o.order, t);
    const std::vector<double> log_mass(static_cast<std::size_t>(x.count()), -std::log(static_cast<double>(x.count())));
    std::vector<double> f(log_mass.size()), next(f.size());
    bool converged = false;
    for (long i = 0; i < o.iterations && !converged; ++i) {
      detail::transport_potentials(costs, f, log_mass, o.regularisation, next, t);
      double off = 0;
      for (std::size_t k = 0; k < f.size(); ++k) {
        off += std::abs(std::expm1((f[k] - next[k]) / o.regularisation)) / static_cast<double>(f.size());
        f[k] = (f[k] + next[k]) / 2;
      }
      converged = off < o.tolerance;
    }
    insist(converged);
    return 2 * std::accumulate(f.begin(), f.end(), 0.) / static_cast<double>(f.size());
  };
  const transported r =
      sinkhorn(detail::transport_costs(sample, reference, o.order, t), equal(sample), equal(reference), o, t);
  insist(r.converged);
  return r.value - (to_itself(sample) + to_itself(reference)) / 2;
}

}  // namespace genet::inline GENET_ISA::metrics
