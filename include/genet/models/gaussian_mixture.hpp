#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "k_means.hpp"
#include "normal_components.hpp"

namespace genet::inline GENET_ISA {

/// Where a fit begins: at groups of k_means; at points drawn for means, with the covariance of all; at the parameters
/// that the model has.
enum class mixture_start : unsigned char { k_means, random, given };

/// A normal-inverse-Wishart density over means and covariances: means about the mean of the data, as sure as
/// `mean_strength` points are; covariances about `scale` * the variances of the data's columns, `degrees` of freedom.
/// Fraley, Raftery 2007 take 0.01, d + 2 and K^(-2/d). For other than full covariances it is restricted to their form.
struct normal_inverse_wishart {
  double mean_strength = 0;
  double degrees = 0;  ///< 0: no prior; else above dimension - 1
  double scale = 1;
};

/// A component of constant density for points that belong to no other: outliers and errors. Banfield, Raftery 1993.
struct noise_component {
  double weight = 0;   ///< at the start; 0: there is none
  double density = 0;  ///< 0: uniform over the box that bounds the data; else this everywhere, which is no distribution
};

struct mixture_options {
  long iterations = 1000;
  double tolerance = 1e-8;  ///< ends when an iteration gains less in the mean log-likelihood
  mixture_start start = mixture_start::k_means;
  long starts = 1;  ///< the best of so many; one that collapsed only if all have
  std::uint64_t seed = 1;
  double variance_floor = 1e-6;  ///< no covariance has a smaller eigenvalue, in mean variances of the data's columns
  double smallest_weight = 0;    ///< smaller components begin anew at the unlikeliest point
  bool hard = false;             ///< each point belongs to its likeliest component alone (classification EM)
  /// Means, then covariances about them, with an expectation before each (ECM with two cycles: Meng, Rubin 1993).
  bool conditional = false;
  em_steps steps = {};
  noise_component noise = {};
  double dirichlet = 1;          ///< concentration of the prior of the weights; 1 is flat
  normal_inverse_wishart prior = {};
};

namespace detail {

// The mixture with sizes at run time.
class normal_mixture : public normal_components {
 public:
  /// Fits by expectation maximisation. NaN is a missing value: it is integrated out, exactly. `weights` count points
  /// (as if one of weight 2 were there twice) and may be empty. The same bits for any team.
  /// Throws usage_error, bad_input (fewer points than components, infinite values, a constant or empty column, bad
  /// weights), training_error. scikit-learn: GaussianMixture.
  em_report fit(const metrics::points& x, const mixture_options& o = {}, std::span<const double> weights = {},
                tensor::team& t = tensor::alone()) {
    check_options(o);
    const data all = look_at(x, weights, o);
    if (o.start == mixture_start::given && !is_set()) unfitted();
    normal_mixture found = o.start == mixture_start::given ? *this : normal_mixture(k_, all.d, form_);
    em_report report = inference::best_of(o.starts, found, [&](normal_mixture& m, long start) {
      if (o.start == mixture_start::k_means) m.from_labels(all, o, start, t);
      if (o.start == mixture_start::random) m.from_points(all, o, start);
      m.start_noise(all, o);
      return m.climb(all, o, t);
    });
    *this = std::move(found);
    return report;
  }

  /// One step of maximisation from responsibilities (count, K), rows of which add up to 1: a start for `fit` with
  /// mixture_start::given.
  void start_from(const metrics::points& x, std::span<const double> responsibilities, const mixture_options& o = {},
                  std::span<const double> weights = {}, tensor::team& t = tensor::alone()) {
    const data all = look_at(x, responsibilities, weights, o);
    normal_mixture m(k_, all.d, form_);
    m.from_responsibilities(all, o, responsibilities, t);
    m.start_noise(all, o);
    *this = std::move(m);
  }
  /// The same from the parameters that there are, which fill in what is missing.
  void maximise(const metrics::points& x, std::span<const double> responsibilities, const mixture_options& o = {},
                std::span<const double> weights = {}, tensor::team& t = tensor::alone()) {
    if (!is_set()) unfitted();
    const data all = look_at(x, responsibilities, weights, o);
    maximise(all, o, sum_up(all, o.hard, responsibilities.data(), t), 0);
  }

 protected:
  using normal_components::normal_components;

 private:
  // What a fit knows of its points.
  struct data : observations {
    long d;
    double mass, floor;
    std::vector<double> mean, variance;  // of the columns
    std::vector<double> low, high;
    // Some rows of it: what a pass over points needs of them.
    data part(const inference::some_points& some, std::span<const std::uint32_t> rows) const {
      data of{{{some.values, d}, some.weights, static_cast<long>(rows.size()), {}}, d, 0, floor, {}, {}, {}, {}};
      of.mass = static_cast<double>(rows.size());
      if (!weights.empty()) of.mass = tensor::sum(some.weights.data(), of.n);
      if (!incomplete.empty())
        for (const std::uint32_t i : rows) of.incomplete.push_back(incomplete[i]);
      return of;
    }
  };

  void check_options(const mixture_options& o) const {
    const auto wrong = [](std::string_view what) {
      errors::raise<usage_error>({"gaussian_mixture: expected ", what});
    };
    if (o.starts < 1) wrong("at least 1 start");
    if (!(o.variance_floor >= 0)) wrong("a variance floor not below 0");
    if (!(o.smallest_weight >= 0 && o.smallest_weight * static_cast<double>(k_) < 1))
      wrong("a smallest weight from 0 to below 1 / components");
    if (!(o.dirichlet >= 1)) wrong("a Dirichlet concentration of at least 1");
    if (!(o.prior.mean_strength >= 0 && o.prior.scale >= 0)) wrong("a prior of strength and scale not below 0");
    if (!(o.noise.weight >= 0 && o.noise.weight < 1)) wrong("a noise weight from 0 to below 1");
    if (!(o.noise.density >= 0 && o.noise.density < std::numeric_limits<double>::infinity()))
      wrong("a finite noise density, not below 0");
    inference::check("gaussian_mixture", o.steps);
    if (o.conditional && (o.steps.share != 1 || o.steps.batch != 0))
      wrong("conditional maximisation in whole steps of all points");
  }

  data look_at(const metrics::points& x, std::span<const double> weights, const mixture_options& o) const {
    if (d_ != dynamic && x.dimension() != d_)
      refuse({"found points of ", x.dimension(), " dimensions, expected ", d_});
    const long n = x.count(), d = x.dimension();
    if (n < k_) refuse({"found ", n, " points, expected at least ", k_, ", one for each component"});
    if (o.prior.degrees != 0 && !(o.prior.degrees > static_cast<double>(d - 1)))
      errors::raise<usage_error>({"gaussian_mixture: expected degrees of freedom above ", d - 1});
    data all{{x, weights, n, {}}, d, inference::total_weight("gaussian_mixture", weights, n), 0, {}, {}, {}, {}};
    std::vector<double> mass(static_cast<std::size_t>(d)), row(mass);
    all.mean.resize(mass.size());
    all.variance.resize(mass.size());
    all.low.assign(mass.size(), std::numeric_limits<double>::infinity());
    all.high.assign(mass.size(), -std::numeric_limits<double>::infinity());
    for (long i = 0; i < n; ++i) {
      x.part(i, 1).copy(row.data());
      for (std::size_t j = 0; j < row.size(); ++j) {
        if (std::isinf(row[j])) refuse({"found an infinite number in row ", i, ", column ", j});
        if (std::isnan(row[j])) {
          all.incomplete.resize(static_cast<std::size_t>(n));
          all.incomplete[static_cast<std::size_t>(i)] = 1;
          continue;
        }
        if (all.weight(i) == 0) continue;
        all.low[j] = std::min(all.low[j], row[j]);
        all.high[j] = std::max(all.high[j], row[j]);
        mass[j] += all.weight(i);  // Welford's means: no cancellation
        const double apart = row[j] - all.mean[j];
        all.mean[j] += apart * all.weight(i) / mass[j];
        all.variance[j] += all.weight(i) * apart * (row[j] - all.mean[j]);
      }
    }
    double sum = 0;
    for (std::size_t j = 0; j < row.size(); ++j) {
      if (mass[j] == 0) refuse({"column ", j, " has no values"});
      all.variance[j] /= mass[j];
      if (!(all.variance[j] > 1e-28 * all.mean[j] * all.mean[j]))
        refuse({"column ", j, " is constant (", std::to_string(all.mean[j]), "): leave it out, it has no density"});
      sum += all.variance[j];
    }
    all.floor = o.variance_floor * sum / static_cast<double>(d);
    return all;
  }

  data look_at(const metrics::points& x, std::span<const double> responsibilities, std::span<const double> weights,
               const mixture_options& o) const {
    check_options(o);
    if (static_cast<long>(responsibilities.size()) != x.count() * k_)
      refuse({"found ", responsibilities.size(), " responsibilities, expected ", x.count() * k_});
    return look_at(x, weights, o);
  }

  // --- starts

  void from_labels(const data& all, const mixture_options& o, long start, tensor::team& t) {
    std::vector<double> filled(static_cast<std::size_t>(all.n * d_));
    all.x.copy(filled.data());
    for (std::size_t i = 0; i < filled.size(); ++i)
      if (std::isnan(filled[i])) filled[i] = all.mean[i % static_cast<std::size_t>(d_)];
    std::vector<double> weights(all.weights.begin(), all.weights.end());
    if (o.noise.weight > 0) leave_out_lonely(all, o, filled, weights, t);
    const auto groups = genet::k_means({filled, d_}, k_, {.seed = o.seed + static_cast<std::uint64_t>(start)}, weights, t);
    std::vector<double> r(static_cast<std::size_t>(all.n * k_));
    for (long i = 0; i < all.n; ++i)
      r[static_cast<std::size_t>(i * k_ + groups.labels[static_cast<std::size_t>(i)])] =
          weights.empty() || weights[static_cast<std::size_t>(i)] > 0 ? 1 : 0;
    from_responsibilities(all, o, r, t);
  }

  // Weight 0 for as many points as there may be noise: those from which it is farthest to as many others as are too few for
  // a component. Centres would move to outliers, and stay. Byers, Raftery 1998: Nearest-neighbor clutter removal.
  void leave_out_lonely(const data& all, const mixture_options& o, const std::vector<double>& x,
                        std::vector<double>& weights, tensor::team& t) const {
    const long others = std::min(all.n, 500L);
    const long few = static_cast<long>(o.smallest_weight * static_cast<double>(others)) + 1;
    const auto neighbour = std::min(others - 1, std::max(4L, few));
    std::vector<double> far(static_cast<std::size_t>(all.n));
    t.divide(all.n, 64, [&](long first, long count) {
      std::vector<double> apart(static_cast<std::size_t>(others));
      for (long i = first; i < first + count; ++i) {
        for (long l = 0; l < others; ++l)
          apart[static_cast<std::size_t>(l)] = squared_distance(x.data() + i * d_, x.data() + l * all.n / others * d_, d_);
        std::nth_element(apart.begin(), apart.begin() + neighbour, apart.end());
        far[static_cast<std::size_t>(i)] = apart[static_cast<std::size_t>(neighbour)];
      }
    });
    auto sorted = far;
    const auto kept = std::max(static_cast<long>((1 - o.noise.weight) * static_cast<double>(all.n)), std::min(k_, all.n)) - 1;
    std::nth_element(sorted.begin(), sorted.begin() + kept, sorted.end());
    if (weights.empty()) weights.assign(far.size(), 1.);
    const double before = tensor::sum(weights.data(), all.n), limit = sorted[static_cast<std::size_t>(kept)];
    auto left = weights;
    for (std::size_t i = 0; i < far.size(); ++i)
      if (far[i] > limit) left[i] = 0;
    if (tensor::sum(left.data(), all.n) > .05 * before) weights = std::move(left);  // the weight may lie on few points
  }

  void from_responsibilities(const data& all, const mixture_options& o, std::span<const double> r, tensor::team& t) {
    from_points(all, o, -1);
    const sums s = sum_up(all, o.hard, r.data(), t);
    maximise(all, o, s, 0);
  }

  // Means at points drawn; at the mean of all points for a negative start.
  void from_points(const data& all, const mixture_options& o, long start) {
    weights_.assign(static_cast<std::size_t>(k_), 1 / static_cast<double>(k_));
    means_.clear();
    covariances_.assign(static_cast<std::size_t>(covariance_numbers()), 0.);
    for (long c = 0; c < k_; ++c) means_.insert(means_.end(), all.mean.begin(), all.mean.end());
    for (long c = 0; c < k_; ++c) widen(all, c);
    if (start >= 0) {
      rng::source s(rng::key{o.seed, stream::initialisation + 1, static_cast<std::uint64_t>(start)});
      std::vector<double> chance(static_cast<std::size_t>(all.n));
      for (long i = 0; i < all.n; ++i) chance[static_cast<std::size_t>(i)] = all.weight(i);
      for (long c = 0; c < k_; ++c) {
        const long at = inference::choose(chance, s);
        if (at < 0) break;
        chance[static_cast<std::size_t>(at)] = 0;
        move_to(all, c, at);
      }
    }
    prepare();
  }

  // Noise as it is asked for; what a given model has stays.
  void start_noise(const data& all, const mixture_options& o) {
    if (o.noise.weight == 0) {
      noise_ = {};
    } else if (!has_noise()) {
      noise_.weight = o.noise.weight;
      for (std::size_t j = 0; j < all.low.size(); ++j)
        noise_.log_widths.push_back(o.noise.density > 0 ? -std::log(o.noise.density) / static_cast<double>(d_)
                                                        : std::log(all.high[j] - all.low[j]));
      if (o.noise.density == 0) {
        noise_.box = all.low;
        noise_.box.insert(noise_.box.end(), all.high.begin(), all.high.end());
      }
    }
    share_weights();
    prepare();
  }

  // Weights that add up to what the noise leaves.
  void share_weights() {
    double sum = 0;
    for (const double w : weights_) sum += w;
    for (double& w : weights_) w *= (1 - noise_.weight) / sum;
  }

  void move_to(const data& all, long c, long row) {
    for (long j = 0; j < d_; ++j) {
      const double value = all.x[row * d_ + j];
      means_[static_cast<std::size_t>(c * d_ + j)] =
          std::isnan(value) ? all.mean[static_cast<std::size_t>(j)] : value;
    }
  }

  // The variances of all points as a component's covariance.
  void widen(const data& all, long c) {
    if (form_ == covariance_form::tied && c > 0) return;
    double mean = 0;
    for (const double v : all.variance) mean += std::max(v, all.floor) / static_cast<double>(d_);
    for (long j = 0; j < d_; ++j) {
      const double v = std::max(all.variance[static_cast<std::size_t>(j)], all.floor);
      if (is_dense())
        std::fill_n(covariances_.data() + (c * d_ + j) * d_, d_, 0.);
      if (form_ == covariance_form::spherical)
        covariances_[static_cast<std::size_t>(c)] = mean;
      else
        covariances_[static_cast<std::size_t>(is_dense() ? (c * d_ + j) * d_ + j : c * d_ + j)] = v;
    }
  }

  // --- expectation maximisation

  em_report climb(const data& all, const mixture_options& o, tensor::team& t) {
    sums s, running;
    long reseeded = 0;
    const bool partly = o.steps.share < 1 || o.steps.batch > 0;
    if (partly) running = implied(all);
    const auto follow = [&](const sums& now, double share, double scale) {
      blend(running, now, share, scale);
      const std::vector<double> before = means_;
      maximise(all, o, running, 0);
      recentre(running, before);
    };
    const auto expect = [&] {
      s = sum_up(all, o.hard, nullptr, t);
      return s.objective + log_prior(all, o);
    };
    em_report r;
    if (o.steps.batch > 0) {
      r = inference::stepwise_maximisation(
          "gaussian_mixture", {o.iterations, o.tolerance}, o.steps, o.seed, all.n, all.mass,
          [&](std::span<const std::uint32_t> rows, double share) {
            const auto some = inference::rows_of(all.x, all.weights, rows);
            const data part = all.part(some, rows);
            const sums now = sum_up(part, o.hard, nullptr, t);
            if (part.mass > 0) follow(now, share, all.mass / part.mass);
            return now.objective;
          },
          expect);
    } else {
      r = inference::expectation_maximisation("gaussian_mixture", {o.iterations, o.tolerance}, all.mass, expect, [&] {
        if (partly) return follow(s, o.steps.share, 1), true;
        if (o.conditional) {
          maximise(all, o, s, 0, cycle::means);
          expect();
          return maximise(all, o, s, 0, cycle::covariances), true;
        }
        const long now = maximise(all, o, s, reseeded < 3 * k_ ? k_ : 0);
        reseeded += now;
        return now == 0;
      });
    }
    r.reseeded = reseeded;
    for (const double w : weights_) r.collapsed = r.collapsed || w < o.smallest_weight;
    return r;
  }

  // The sums of which the parameters are the maximum.
  sums implied(const data& all) const {
    const auto k = static_cast<std::size_t>(k_), d = static_cast<std::size_t>(d_),
               numbers = static_cast<std::size_t>(second_numbers());
    sums s{std::vector<double>(k), std::vector<double>(k * d), std::vector<double>(k * numbers), {}, 0};
    for (std::size_t c = 0; c < k; ++c) {
      s.mass[c] = weights_[c] * all.mass;
      for (std::size_t i = 0; i < numbers; ++i)
        s.second[c * numbers + i] =
            s.mass[c] * (is_dense() ? matrix(static_cast<long>(c))[i] : variance(static_cast<long>(c), static_cast<long>(i)));
    }
    return s;
  }

  // Sums a share of the way to others, both about the same means.
  static void blend(sums& running, const sums& now, double share, double scale) {
    const auto mix = [&](std::vector<double>& to, const std::vector<double>& from) {
      for (std::size_t i = 0; i < to.size(); ++i) to[i] += share * (scale * from[i] - to[i]);
    };
    mix(running.mass, now.mass);
    mix(running.first, now.first);
    mix(running.second, now.second);
  }

  // Sums about other means become those about the means that there are.
  void recentre(sums& s, const std::vector<double>& before) const {
    for (long c = 0; c < k_; ++c) {
      const double mass = s.mass[static_cast<std::size_t>(c)];
      double *first = s.first.data() + c * d_, *second = s.second.data() + c * second_numbers();
      const double *now = means_.data() + c * d_, *old = before.data() + c * d_;
      for (long i = 0; i < d_; ++i)
        for (long j = is_dense() ? 0 : i; j <= i; ++j)
          second[is_dense() ? i * d_ + j : i] -= first[i] * (now[j] - old[j]) + (now[i] - old[i]) * first[j] -
                                                 mass * (now[i] - old[i]) * (now[j] - old[j]);
      for (long j = 0; j < d_; ++j) first[j] -= mass * (now[j] - old[j]);
    }
  }

  // What a maximisation changes beside the weights.
  enum class cycle : unsigned char { all, means, covariances };

  // New parameters from the sums; at most `most` components begin anew. How many did.
  long maximise(const data& all, const mixture_options& o, const sums& s, long most, cycle now = cycle::all) {
    const bool prior = o.prior.degrees > 0;
    const double strength = prior ? o.prior.mean_strength : 0, flat = o.dirichlet - 1;
    const double all_mass = all.mass + static_cast<double>(lines()) * flat;
    if (has_noise()) {
      double mass = all.mass;
      for (const double m : s.mass) mass -= m;
      noise_.weight = (std::max(mass, 0.) + flat) / all_mass;
    }
    const auto d2 = static_cast<std::size_t>(second_numbers());
    std::vector<long> empty;
    std::vector<double> scatter(static_cast<std::size_t>(is_dense() ? d_ * d_ : d_)), pooled(scatter);
    for (long c = 0; c < k_; ++c) {
      const auto at = static_cast<std::size_t>(c);
      const double mass = s.mass[at];
      weights_[at] = (mass + flat) / all_mass;
      if (mass < std::max(o.smallest_weight, 1e-12) * all.mass) {
        if (static_cast<long>(empty.size()) < most) empty.push_back(c);
        if (!(mass > 1e-12 * all.mass) && form_ != covariance_form::tied) continue;
      }
      // About the new mean: sum r (x-m)(x-m)^T = sum r (x-old)(x-old)^T - mass (m-old)(m-old)^T, with the prior's terms.
      double* mean = means_.data() + c * d_;
      std::vector<double> step(static_cast<std::size_t>(d_)), off(step);
      for (long j = 0; j < d_ && mass > 0; ++j) {
        const auto l = static_cast<std::size_t>(j);
        step[l] = s.first[static_cast<std::size_t>(c * d_) + l] / mass;
        if (now == cycle::covariances) step[l] = 0;  // the mean stays
        off[l] = mean[j] + step[l] - all.mean[l];
        if (now != cycle::covariances) mean[j] += (mass * step[l] + strength * (all.mean[l] - mean[j])) / (mass + strength);
      }
      if (now == cycle::means) continue;
      double pull = mass + strength > 0 ? strength * mass / (strength + mass) : 0;
      if (now == cycle::covariances) pull = strength;
      const double* second = s.second.data() + at * d2;
      for (long i = 0; i < d_; ++i) {
        const auto l = static_cast<std::size_t>(i);
        const double own = prior ? o.prior.scale * all.variance[l] : 0;
        if (is_dense()) {
          for (long j = 0; j <= i; ++j) {
            const auto q = static_cast<std::size_t>(j);
            scatter[static_cast<std::size_t>(i * d_ + j)] =
                second[i * d_ + j] - mass * step[l] * step[q] + pull * off[l] * off[q] +
                (i == j && (form_ == covariance_form::full || c == 0) ? own : 0);
          }
        } else {
          scatter[l] = second[i] - mass * step[l] * step[l] + pull * off[l] * off[l] + own;
        }
      }
      if (form_ == covariance_form::tied) {
        for (std::size_t i = 0; i < scatter.size(); ++i) pooled[i] += scatter[i];
      } else {
        store(c, scatter, mass + exponent(o, 1), all.floor);
      }
    }
    if (form_ == covariance_form::tied && now != cycle::means) {
      double mass = 0;
      for (const double m : s.mass) mass += m;
      store(0, pooled, mass + exponent(o, k_), all.floor);
    }
    begin_anew(all, s, empty);
    if (const long bad = prepare(); bad >= 0)
      errors::raise<training_error>({"gaussian_mixture: the covariance of component ", bad,
                                     " is no longer positive definite, expected a variance_floor above 0"});
    return static_cast<long>(empty.size());
  }

  // The prior's part in a covariance's degrees of freedom: it is |covariance|^(-exponent / 2).
  double exponent(const mixture_options& o, long sharing) const {
    if (o.prior.degrees == 0) return 0;
    return o.prior.degrees + static_cast<double>(d_ + 1) + (o.prior.mean_strength > 0 ? static_cast<double>(sharing) : 0);
  }

  // A covariance from its scatter (lower triangle, or variances); eigenvalues below the floor become the floor, which
  // is the maximum under that constraint.
  void store(long c, std::vector<double>& scatter, double mass, double floor) {
    if (form_ == covariance_form::spherical) {
      double sum = 0;
      for (const double v : scatter) sum += v;
      covariances_[static_cast<std::size_t>(c)] = std::max(sum / mass / static_cast<double>(d_), floor);
      return;
    }
    if (form_ == covariance_form::diagonal) {
      for (long j = 0; j < d_; ++j)
        covariances_[static_cast<std::size_t>(c * d_ + j)] =
            std::max(scatter[static_cast<std::size_t>(j)] / mass, floor);
      return;
    }
    double* to = covariances_.data() + c * d_ * d_;
    for (long i = 0; i < d_; ++i)
      for (long j = 0; j <= i; ++j)
        to[i * d_ + j] = to[j * d_ + i] = scatter[static_cast<std::size_t>(i * d_ + j)] / mass;
    if (floor <= 0) return;
    std::vector<double> shifted(to, to + d_ * d_);
    for (long i = 0; i < d_; ++i) shifted[static_cast<std::size_t>(i * d_ + i)] -= floor;
    if (tensor::cholesky(d_, shifted.data())) return;
    std::vector<double> values(static_cast<std::size_t>(d_)), vectors(shifted.size());
    shifted.assign(to, to + d_ * d_);
    tensor::symmetric_eigen(d_, shifted.data(), values.data(), vectors.data());
    std::fill_n(to, d_ * d_, 0.);
    for (long v = 0; v < d_; ++v) {
      const double* axis = vectors.data() + v * d_;
      const double value = std::max(values[static_cast<std::size_t>(v)], floor);
      for (long i = 0; i < d_; ++i) tensor::add_scaled(value * axis[i], axis, to + i * d_, d_);
    }
    for (long i = 0; i < d_; ++i)
      for (long j = 0; j < i; ++j) to[i * d_ + j] = to[j * d_ + i];
  }

  // Components that ran empty begin at the points that the mixture explains worst, as wide as all points.
  void begin_anew(const data& all, const sums& s, const std::vector<long>& empty) {
    if (empty.empty()) return;
    std::vector<double> density = s.log_density;
    for (const long c : empty) {
      long worst = -1;
      for (long i = 0; i < all.n; ++i)
        if (all.weight(i) > 0 && (worst < 0 || density[static_cast<std::size_t>(i)] < density[static_cast<std::size_t>(worst)]))
          worst = i;
      density[static_cast<std::size_t>(worst)] = std::numeric_limits<double>::infinity();
      move_to(all, c, worst);
      if (form_ != covariance_form::tied) widen(all, c);
      weights_[static_cast<std::size_t>(c)] = 1 / static_cast<double>(k_);
    }
    share_weights();
  }

  double log_prior(const data& all, const mixture_options& o) const {
    double sum = 0;
    if (o.dirichlet > 1)
      for (const double w : weights_) sum += (o.dirichlet - 1) * std::log(w);
    if (o.dirichlet > 1 && has_noise()) sum += (o.dirichlet - 1) * std::log(noise_.weight);
    if (o.prior.degrees == 0) return sum;
    std::vector<double> off(static_cast<std::size_t>(d_));
    for (long c = 0; c < k_; ++c) {
      if (matrices() > 1 || c == 0) {
        double trace = 0;  // of the inverse times the prior's scatter
        for (long j = 0; j < d_; ++j) {
          const double own = o.prior.scale * all.variance[static_cast<std::size_t>(j)];
          if (is_dense())
            for (long i = j; i < d_; ++i) trace += own * std::pow(factors_[(c * d_ + i) * d_ + j], 2);
          else
            trace += own / variance(c, j);
        }
        sum -= (exponent(o, matrices() > 1 ? 1 : k_) * log_determinants_[static_cast<std::size_t>(c)] + trace) / 2;
      }
      for (long j = 0; j < d_; ++j)
        off[static_cast<std::size_t>(j)] =
            means_[static_cast<std::size_t>(c * d_ + j)] - all.mean[static_cast<std::size_t>(j)];
      double square = 0;
      for (long j = 0; j < d_; ++j)
        square += is_dense() ? std::pow(tensor::dot(factors_.data() + ((matrices() == 1 ? 0 : c) * d_ + j) * d_,
                                                    off.data(), j + 1),
                                        2)
                             : off[static_cast<std::size_t>(j)] * off[static_cast<std::size_t>(j)] / variance(c, j);
      sum -= o.prior.mean_strength / 2 * square;
    }
    return sum;
  }
};

}  // namespace detail

/// K normal distributions in D dimensions, each point from one of them: p(x) = sum of weight[k] N(x; mean[k],
/// covariance[k]). K and D may be `dynamic`: K is then given where it is made, D there or by the first data.
///
///     gaussian_mixture<3, 4, full> m;
///     const em_report r = m.fit({values, 4}, {.starts = 20});
///
/// scikit-learn: mixture.GaussianMixture.
template <long K, long Dim = dynamic, covariance Covariance = full>
class gaussian_mixture : public detail::normal_mixture {
  static_assert(K >= 1 || K == dynamic, "gaussian_mixture<K, D>: K has to be at least 1, or dynamic");
  static_assert(Dim >= 1 || Dim == dynamic, "gaussian_mixture<K, D>: D has to be at least 1, or dynamic");

 public:
  /// Throws usage_error for sizes other than those of the type.
  explicit gaussian_mixture(long components = K, long dimension = Dim)
      : normal_mixture(components, dimension, detail::form_of<Covariance>()) {
    if ((K != dynamic && components != K) || (Dim != dynamic && dimension != Dim))
      errors::raise<usage_error>({"gaussian_mixture: found ", components, " components of ", dimension,
                                  " dimensions, expected those of the type"});
  }
};

}  // namespace genet
