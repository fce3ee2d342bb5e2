#pragma once
// The models of the program posterior: types with parameters, one formula, the draws that their conditionals allow,
// and data of their own making for when there are no others. Those of posteriordb (stan-dev/posteriordb,
// BSD-3-Clause).
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <genet/inference/gibbs.hpp>
#include <genet/tensor/linear.hpp>

#include "data.hpp"

namespace posteriors {

using namespace genet::inference;

inline numbers normal_numbers(long n, std::uint64_t seed) {
  numbers x(static_cast<std::size_t>(n));
  genet::rng::normal(std::span(x), genet::rng::key{seed, 0, 0});
  return x;
}

inline double cauchy(chance& c, double scale) { return scale * std::abs(c.normal() / c.normal()); }

/// A draw from N(sum / precision, 1 / precision).
inline double normal_given(chance& c, double sum, double precision) {
  return c.normal(sum / precision, 1 / std::sqrt(precision));
}

/// Rubin's eight schools (1981): effects y of deviations sigma. mu ~ N(0, 5), tau ~ half-Cauchy(5), theta ~ N(mu,
/// tau).
struct schools {
  std::array<double, 8> y{28, 8, -3, 7, -1, 1, 18, 12}, sigma{15, 10, 16, 11, 9, 11, 10, 18};
};

/// By theta = mu + tau eta, which samplers like.
struct eight_schools : schools {
  using parameters = genet::inference::parameters<unbounded<>, positive<>, unbounded<8>>;
  static constexpr std::string_view names = "mu tau eta[8]";
  auto log_density(const auto& t) const {
    auto sum = -0.5 * square(t[0] / 5) - log1p(square(t[1] / 5));
    for (std::size_t i = 0; i < 8; ++i)
      sum -= 0.5 * square(t[2 + i]) + 0.5 * square((y[i] - (t[0] + t[1] * t[2 + i])) / sigma[i]);
    return sum;
  }
  std::array<double, 10> sample_prior(chance& c) const {
    std::array<double, 10> t{c.normal(0, 5), cauchy(c, 5)};
    c.normal(std::span(t).subspan(2));
    return t;
  }
  auto conditionals() const {
    const auto effects = [this](auto& t, chance& c) {
      for (std::size_t i = 0; i < 8; ++i) {
        const double weight = t[1] / (sigma[i] * sigma[i]);
        t[2 + i] = normal_given(c, weight * (y[i] - t[0]), 1 + weight * t[1]);
      }
    };
    const auto mean = [this](auto& t, chance& c) {
      double sum = 0, precision = 1. / 25;
      for (std::size_t i = 0; i < 8; ++i) {
        const double weight = 1 / (sigma[i] * sigma[i]);
        sum += weight * (y[i] - t[1] * t[2 + i]);
        precision += weight;
      }
      t[0] = normal_given(c, sum, precision);
    };
    return std::tuple{effects, mean, slice_update{.first = 1}};
  }
};

/// By theta itself: a funnel, where chains get stuck, and diagnostics have to say so.
struct eight_schools_centered : schools {
  using parameters = genet::inference::parameters<unbounded<>, positive<>, unbounded<8>>;
  static constexpr std::string_view names = "mu tau theta[8]";
  auto log_density(const auto& t) const {
    auto sum = -0.5 * square(t[0] / 5) - log1p(square(t[1] / 5)) - 8 * log(t[1]);
    for (std::size_t i = 0; i < 8; ++i)
      sum -= 0.5 * square((t[2 + i] - t[0]) / t[1]) + 0.5 * square((y[i] - t[2 + i]) / sigma[i]);
    return sum;
  }
};

/// low_dim_gauss_mix: two normal distributions, means ascending; means and deviations ~ N(0, 2), share ~ Beta(5, 5).
struct mixture {
  using parameters = genet::inference::parameters<ordered<2>, positive<2>, interval<0, 1>>;
  static constexpr std::string_view names = "mu[2] sigma[2] theta";
  numbers y;
  auto log_density(const auto& t) const {
    auto sum = -(square(t[0]) + square(t[1]) + square(t[2]) + square(t[3])) / 8 + 4 * log(t[4]) + 4 * log(1 - t[4]);
    const auto first = log(t[4]) - log(t[2]), second = log(1 - t[4]) - log(t[3]);
    for (const double v : y)
      sum += log_sum_exp(first - 0.5 * square((v - t[0]) / t[2]), second - 0.5 * square((v - t[1]) / t[3]));
    return sum;
  }
  std::array<double, 5> sample_prior(chance& c) const {
    const double a = c.normal(0, 2), b = c.normal(0, 2);
    return {std::min(a, b), std::max(a, b), std::abs(c.normal(0, 2)), std::abs(c.normal(0, 2)), c.beta(5, 5)};
  }
  auto conditionals() const {
    const auto shares_and_means = [this](auto& t, chance& c) {
      double count[2] = {}, sum[2] = {};
      for (const double v : y) {
        const auto log_weight = [&](double share, std::size_t k) {
          const double z = (v - t[k]) / t[2 + k];
          return std::log(share / t[2 + k]) - z * z / 2;
        };
        const double odds = log_weight(1 - t[4], 1) - log_weight(t[4], 0);
        const std::size_t k = c.uniform() * (1 + std::exp(odds)) < 1 ? 0 : 1;
        ++count[k];
        sum[k] += v;
      }
      t[4] = c.beta(5 + count[0], 5 + count[1]);
      for (std::size_t k = 0; k < 2; ++k) {
        const double precision = 1 / (t[2 + k] * t[2 + k]);
        t[k] = normal_given(c, sum[k] * precision, 0.25 + count[k] * precision);
      }
      if (t[0] > t[1]) {  // the posterior without the order is the same for both labellings
        std::swap(t[0], t[1]);
        std::swap(t[2], t[3]);
        t[4] = 1 - t[4];
      }
    };
    return std::tuple{shares_and_means, slice_update{.first = 2, .count = 2}};
  }
  static mixture twin() {
    mixture m{normal_numbers(200, 1)};
    for (std::size_t i = 0; i < m.y.size(); ++i) m.y[i] = i % 5 < 2 ? 3 + 0.8 * m.y[i] : -2 + 1.2 * m.y[i];
    return m;
  }
};

/// hmm_example: two states, emissions N(mu, 1), the first state at will of neither; mu[1] ~ N(3, 1), mu[2] ~ N(10,
/// 1), ascending; transitions by rows, flat.
struct hidden_states {
  using parameters = genet::inference::parameters<simplex<2>, simplex<2>, ordered<2>>;
  static constexpr std::string_view names = "theta1[2] theta2[2] mu[2]";
  numbers y;
  auto log_density(const auto& t) const {
    const auto prior = -0.5 * square(t[4] - 3) - 0.5 * square(t[5] - 10);
    auto a = -0.5 * square(y[0] - t[4]), b = -0.5 * square(y[0] - t[5]);
    const auto stay = log(t[0]), leave = log(t[1]), back = log(t[2]), remain = log(t[3]);
    for (std::size_t i = 1; i < y.size(); ++i) {
      const auto next = log_sum_exp(a + stay, b + back) - 0.5 * square(y[i] - t[4]);
      b = log_sum_exp(a + leave, b + remain) - 0.5 * square(y[i] - t[5]);
      a = next;
    }
    return prior + log_sum_exp(a, b);
  }
  std::array<double, 6> sample_prior(chance& c) const {
    const double stay = c.beta(1, 1), back = c.beta(1, 1), a = c.normal(3, 1), b = c.normal(10, 1);
    return {stay, 1 - stay, back, 1 - back, std::min(a, b), std::max(a, b)};
  }
  auto conditionals() const {
    const auto all = [this](auto& t, chance& c) {
      // States by forward filtering and backward sampling: Chib (1996).
      std::vector<double> first(y.size());  // probability of state 1 given what came before
      double p = 0.5;
      for (std::size_t i = 0; i < y.size(); ++i) {
        if (i > 0) p = p * t[0] + (1 - p) * t[2];
        const double a = y[i] - t[4], b = y[i] - t[5];
        first[i] = p = p / (p + (1 - p) * std::exp((a * a - b * b) / 2));
      }
      double moves[2][2] = {{1, 1}, {1, 1}}, count[2] = {}, sum[2] = {};
      std::size_t next = 0;
      for (std::size_t i = y.size(); i-- > 0;) {
        double a = first[i], b = 1 - first[i];
        const bool last = i + 1 == y.size();
        if (!last) a *= t[next], b *= t[2 + next];
        const std::size_t here = c.uniform() * (a + b) < a ? 0 : 1;
        if (!last) ++moves[here][next];
        ++count[here];
        sum[here] += y[i];
        next = here;
      }
      for (std::size_t k = 0; k < 2; ++k) {
        c.dirichlet(moves[k]);
        std::copy_n(moves[k], 2, t.begin() + static_cast<std::ptrdiff_t>(2 * k));
      }
      constexpr int tries = 1000;  // for means that ascend; without any they stay
      for (int i = 0; i < tries; ++i) {
        const double a = normal_given(c, 3 + sum[0], 1 + count[0]), b = normal_given(c, 10 + sum[1], 1 + count[1]);
        if (!(a < b)) continue;
        t[4] = a;
        t[5] = b;
        break;
      }
    };
    return std::tuple{all};
  }
  static hidden_states twin() {
    hidden_states m{normal_numbers(150, 6)};  // stays 4 of 5 times, 9 of 10 times
    for (std::size_t i = 0; i < m.y.size(); ++i) m.y[i] += i % 15 < 5 ? 3 : 8;
    return m;
  }
};

/// Predictors, row after row, and what they predict.
struct regression_data {
  std::vector<std::string> names{};
  numbers x{}, y{};
  bool flat =
      false;  // prior: flat and half-Cauchy(2.5) of the deviation, as in kidscore_momiq; else N(0, 10) as in blr

  static regression_data twin() {
    regression_data d{
        {"beta[1]", "beta[2]", "beta[3]", "beta[4]", "beta[5]"}, normal_numbers(500, 3), normal_numbers(100, 4)};
    for (std::size_t i = 0; i < d.y.size(); ++i)
      for (std::size_t k = 0; k < 5; ++k) d.y[i] += static_cast<double>(k) * d.x[5 * i + k];
    return d;
  }
};

/// Linear regression of up to `Capacity` coefficients; those beyond the data's are standard normal and of no
/// influence. The likelihood is kept as its maximum and the triangle R of its curvature, so that a density takes no
/// pass through the data: |y - X b|^2 = rest + |R (b - best)|^2.
template <int Capacity>
struct regression {
  static constexpr std::size_t K = Capacity;
  using parameters = genet::inference::parameters<unbounded<Capacity>, positive<>>;
  using point = std::array<double, K + 1>;

  /// Throws bad_input, in the words of `origin`, for columns that depend on those before, and for too few rows.
  regression(const regression_data& d, const std::string& origin)
      : used_(d.names.size()), rows_(static_cast<double>(d.y.size())), flat_(d.flat) {
    const std::size_t n = d.y.size();
    if (n <= used_)
      throw genet::bad_input(origin + ": found " + std::to_string(n) + " rows, expected more than its " +
                             std::to_string(used_) + " coefficients");
    numbers a, diagonal(used_ + 1), beta(used_ + 1);  // columns of X, then y
    for (std::size_t k = 0; k < used_; ++k)
      for (std::size_t i = 0; i < n; ++i) a.push_back(d.x[i * used_ + k]);
    a.insert(a.end(), d.y.begin(), d.y.end());
    genet::tensor::qr(static_cast<long>(used_ + 1), static_cast<long>(n), a.data(), diagonal.data(), beta.data());
    for (std::size_t k = 0; k < used_; ++k) {
      r_[k * K + k] = diagonal[k];
      double above = 0;
      for (std::size_t j = 0; j < k; ++j) {
        r_[j * K + k] = a[k * n + j];
        above += a[k * n + j] * a[k * n + j];
      }
      if (!(std::abs(diagonal[k]) > 1e-10 * std::sqrt(above)))
        throw genet::bad_input(origin + ": " + d.names[k] +
                               " is a combination of the columns before it, expected independent ones");
    }
    rest_ = diagonal[used_] * diagonal[used_];
    if (!(rest_ > 0)) throw genet::bad_input(origin + ": found data that a regression meets exactly, expected noise");
    for (std::size_t k = used_; k-- > 0;) {
      best_[k] = a[used_ * n + k];
      for (std::size_t j = k + 1; j < used_; ++j) best_[k] -= r_[k * K + j] * best_[j];
      best_[k] /= r_[k * K + k];
    }
  }

  double log_density(const point& t, point& gradient) const {
    gradient.fill(0);
    const double sigma = t[K], precision = 1 / (sigma * sigma);
    double squares = rest_, density = 0;
    for (std::size_t k = 0; k < used_; ++k) {
      double v = 0;
      for (std::size_t j = k; j < used_; ++j) v += r_[k * K + j] * (t[j] - best_[j]);
      squares += v * v;
      for (std::size_t j = k; j < used_; ++j) gradient[j] -= v * r_[k * K + j] * precision;
    }
    for (std::size_t k = 0; k < K; ++k) {
      density -= prior_precision(k) * t[k] * t[k] / 2;
      gradient[k] -= prior_precision(k) * t[k];
    }
    density -= rows_ * std::log(sigma) + squares * precision / 2;
    gradient[K] = squares * precision / sigma - rows_ / sigma;
    if (flat_) {
      density -= std::log1p(sigma * sigma / 6.25);
      gradient[K] -= 2 * sigma / (6.25 + sigma * sigma);
    } else {
      density -= sigma * sigma / 200;
      gradient[K] -= sigma / 100;
    }
    return density;
  }

  auto conditionals() const {
    const auto coefficients = [this](auto& t, chance& c) {
      const double precision = 1 / (t[K] * t[K]);
      numbers a(K * K);
      std::array<double, K> mean{}, z;
      for (std::size_t k = 0; k < K; ++k) {
        for (std::size_t j = 0; j < K; ++j)
          for (std::size_t i = 0; i < K; ++i) a[k * K + j] += precision * r_[i * K + k] * r_[i * K + j];
        for (std::size_t j = 0; j < K; ++j) mean[k] += a[k * K + j] * best_[j];
      }
      for (std::size_t k = 0; k < K; ++k) a[k * K + k] += prior_precision(k);
      genet::tensor::cholesky(Capacity, a.data());
      genet::tensor::cholesky_solve(Capacity, a.data(), mean.data());
      c.normal(z);
      genet::tensor::solve_lower_transposed(Capacity, a.data(), z.data());
      for (std::size_t k = 0; k < K; ++k) t[k] = mean[k] + z[k];
    };
    return std::tuple{coefficients, slice_update{.first = Capacity}};
  }

 private:
  double prior_precision(std::size_t k) const { return k >= used_ ? 1 : flat_ ? 0 : 0.01; }

  std::size_t used_;
  double rows_, rest_ = 0;
  bool flat_;
  std::array<double, K * K> r_{};  // upper triangle, row after row
  std::array<double, K> best_{};
};

}  // namespace posteriors
