#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../inference/em.hpp"
#include "../io/safetensors.hpp"
#include "../metrics/points.hpp"
#include "../random/streams.hpp"
#include "../tensor/linear.hpp"
#include "../tensor/matmul.hpp"
#include "../tensor/memory.hpp"
#include "../tensor/reduce.hpp"

namespace genet::inline GENET_ISA {

struct factor_options {
  long iterations = 10000;
  double tolerance = 1e-10;  ///< ends when an iteration gains less in the mean log-likelihood
  std::uint64_t seed = 1;
  double variance_floor = 1e-6;  ///< no noise variance is smaller, in mean variances of the data's columns
  bool given = false;            ///< begins at the parameters that the model has
};

/// Moments of the factors of points: their means (count, L), and the covariance (L, L) that all have; where values are
/// missing, each point has its own: (count, L, L).
struct factor_posterior {
  std::vector<double> means, covariance;
};

namespace detail {

// x = mean + loadings z + noise, z standard normal, noise normal with a variance for each column (or one for all):
// sizes at run time, so that it is compiled once. Where nothing is missing, EM needs mean and covariance of the data alone.
class linear_factors {
 public:
  long factors() const { return l_; }
  /// -1 as long as only the data would know.
  long dimension() const { return d_; }
  std::span<const double> mean() const { return mean_; }            // (D)
  std::span<const double> loadings() const { return loadings_; }    // (D, L)
  std::span<const double> noise() const { return noise_; }          // (D): variances

  /// Numbers that a fit chooses freely: a rotation of the factors changes nothing.
  long free_parameters() const { return d_ + d_ * l_ - l_ * (l_ - 1) / 2 + (isotropic_ ? 1 : d_); }

  /// Throws bad_input for other sizes, numbers that are not finite and variances that are not above 0.
  void set(std::span<const double> mean, std::span<const double> loadings, std::span<const double> noise) {
    const long d = static_cast<long>(mean.size());
    if ((d_ != dynamic && d != d_) || d < std::max(l_, 1L) || static_cast<long>(loadings.size()) != d * l_ ||
        static_cast<long>(noise.size()) != d)
      refuse({"found ", d, " means, ", loadings.size(), " loadings and ", noise.size(), " variances, expected D, D * ",
              l_, " and D"});
    for (const double v : noise)
      if (!(v > 0) || std::isinf(v)) refuse({"found a noise variance of ", std::to_string(v), ", expected one above 0"});
    for (const auto& part : {mean, loadings})
      for (const double v : part)
        if (!std::isfinite(v)) refuse({"found a parameter that is not finite"});
    d_ = d;
    mean_.assign(mean.begin(), mean.end());
    loadings_.assign(loadings.begin(), loadings.end());
    noise_.assign(noise.begin(), noise.end());
    prepare();
  }

  /// Fits by expectation maximisation (Rubin, Thayer 1982; Tipping, Bishop 1999). NaN is a missing value and is integrated
  /// out, exactly. `weights` count points and may be empty. The same bits for any team. Throws bad_input (no more points than
  /// one, infinite values, a constant or empty column), usage_error, training_error.
  em_report fit(const metrics::points& x, const factor_options& o = {}, std::span<const double> weights = {},
                tensor::team& t = tensor::alone()) {
    if (!(o.variance_floor >= 0)) throw usage_error("factor_analysis: expected a variance floor not below 0");
    if (has_holes(x)) return fit_incomplete(x, o, weights, t);
    const moments m = look_at(x, weights, t);
    const double floor = o.variance_floor * m.trace / static_cast<double>(m.d);
    linear_factors next = *this;
    if (!o.given) next.begin(m, o.seed, floor);
    else if (!is_set()) unfitted();
    next.mean_ = m.mean;
    em_report r = inference::expectation_maximisation(
        "factor_analysis", {o.iterations, o.tolerance}, m.mass, [&] { return m.mass * next.expect(m, t); },
        [&] {
          next.maximise(m, floor);
          return true;
        });
    *this = std::move(next);
    return r;
  }

  /// log p(x) of each point; of what is known of it where values are missing.
  std::vector<double> log_densities(const metrics::points& x, tensor::team& t = tensor::alone()) const {
    std::vector<double> out(static_cast<std::size_t>(x.count()));
    each_point(x, t, [&](long i, double density, const double*, const double*) { out[static_cast<std::size_t>(i)] = density; });
    return out;
  }
  /// Sum of the points' log p(x), in nats.
  double log_likelihood(const metrics::points& x, tensor::team& t = tensor::alone()) const {
    const auto each = log_densities(x, t);
    return tensor::sum(each.data(), static_cast<long>(each.size()));
  }
  /// Moments of the factors given the points.
  factor_posterior posterior(const metrics::points& x, tensor::team& t = tensor::alone()) const {
    const auto square = static_cast<std::size_t>(l_ * l_);
    const bool each = has_holes(x);
    factor_posterior p{std::vector<double>(static_cast<std::size_t>(x.count() * l_)),
                       std::vector<double>(each ? static_cast<std::size_t>(x.count()) * square : square)};
    each_point(x, t, [&](long i, double, const double* z, const double* root) {
      double* to = p.means.data() + i * l_;
      std::copy_n(z, l_, to);
      tensor::solve_lower_transposed(l_, root, to);
      if (each) invert(root, p.covariance.data() + i * l_ * l_);
    });
    if (!each) invert(root_.data(), p.covariance.data());
    return p;
  }
  double aic(const metrics::points& x) const { return inference::aic(log_likelihood(x), free_parameters()); }
  double bic(const metrics::points& x) const {
    return inference::bic(log_likelihood(x), free_parameters(), static_cast<double>(x.count()));
  }

  /// Points drawn, (count, D): a function of `seed` alone.
  std::vector<double> sample(long count, std::uint64_t seed = 1) const {
    if (!is_set()) unfitted();
    if (count < 0) errors::raise<usage_error>({"factor_analysis: found ", count, " samples, expected 0 or more"});
    std::vector<double> out(static_cast<std::size_t>(count * d_)), z(static_cast<std::size_t>(count * l_));
    rng::normal<double>(out, {seed, stream::sampling, 0});
    rng::normal<double>(z, {seed, stream::sampling + 1, 0});
    for (long i = 0; i < count; ++i)
      for (long j = 0; j < d_; ++j) {
        double& x = out[static_cast<std::size_t>(i * d_ + j)];
        x = mean_[static_cast<std::size_t>(j)] + std::sqrt(noise_[static_cast<std::size_t>(j)]) * x +
            tensor::dot(loadings_.data() + j * l_, z.data() + i * l_, l_);
      }
    return out;
  }

  /// Writes mean, loadings and noise as safetensors, atomically. Throws io_error.
  void save(const std::filesystem::path& path) const {
    if (!is_set()) unfitted();
    io::tensor_file file;
    file.metadata["format"] = "genet.factor_analysis";
    file.add("mean", {d_}, mean_);
    file.add("loadings", {d_, l_}, loadings_);
    file.add("noise", {d_}, noise_);
    file.write(path);
  }
  /// Reads them back. Throws io_error, bad_input; the model is then as it was.
  void load(const std::filesystem::path& path) {
    const auto file = io::tensor_file::read(path);
    const auto mean = file.get<double>("mean"), w = file.get<double>("loadings"), noise = file.get<double>("noise");
    try {
      set(mean, w, noise);
    } catch (const bad_input& e) {
      throw bad_input(path.string() + ": " + e.what());
    }
  }

 protected:
  static long expect(long of_type, long factors) {
    if (of_type != dynamic && factors != of_type)
      errors::raise<usage_error>({"factor_analysis: found ", factors, " factors, expected the type's ", of_type});
    return factors;
  }
  linear_factors(long l, long d, bool isotropic) : l_(l), d_(d), isotropic_(isotropic) {
    if (l < 0 || (d != dynamic && (d < 1 || l > d)))
      errors::raise<usage_error>({"factor_analysis: found ", l, " factors of ", d, " dimensions, expected 0 to D"});
  }

  // What a fit knows of its points.
  struct moments {
    long d;
    double mass, trace;
    std::vector<double> mean, covariance;  // divided by the mass
  };

  moments look_at(const metrics::points& x, std::span<const double> weights, tensor::team& t) const {
    const long n = x.count(), d = x.dimension(), stripe = 4 * tensor::panel_width<double>;
    if (d_ != dynamic && d != d_) refuse({"found points of ", d, " dimensions, expected ", d_});
    if (d < l_) refuse({"found points of ", d, " dimensions, expected at least ", l_, ", one for each factor"});
    metrics::detail::check("factor_analysis", "points", x, 2);
    moments m{d, inference::total_weight("factor_analysis", weights, n), 0,
              std::vector<double>(static_cast<std::size_t>(d)), std::vector<double>(static_cast<std::size_t>(d * d))};
    const auto weight = [&](long i) { return weights.empty() ? 1. : weights[static_cast<std::size_t>(i)]; };
    constexpr long block_rows = 512;
    tensor::block<double> rows(block_rows * d), panels(tensor::pack_size<double>(block_rows, d));
    for (long i = 0; i < n; i += block_rows) {
      const auto some = x.part(i, block_rows);
      some.copy(rows.data());
      for (long r = 0; r < some.count(); ++r) tensor::add_scaled(weight(i + r), rows.data() + r * d, m.mean.data(), d);
    }
    for (double& v : m.mean) v /= m.mass;
    double* const c = m.covariance.data();
    for (long i = 0; i < n; i += block_rows) {
      const auto some = x.part(i, block_rows);
      const long k = some.count();
      some.copy(rows.data(), m.mean.data());
      for (long r = 0; r < k && !weights.empty(); ++r)
        for (long j = 0; j < d; ++j) rows[r * d + j] *= std::sqrt(weight(i + r));
      tensor::pack(rows.data(), k, d, d, 1, panels.data(), t);
      t.run(static_cast<int>((d + stripe - 1) / stripe), [&](int part) {
        const long column = part * stripe;
        tensor::matmul<double>(d, std::min(stripe, d - column), k, rows.data(), 1, d, panels.data() + column * k,
                               c + column, d, i > 0);
      });
    }
    for (long i = 0; i < d; ++i) {
      for (long j = 0; j <= i; ++j) c[i * d + j] = c[j * d + i] = c[i * d + j] / m.mass;
      if (!(c[i * d + i] > 1e-28 * std::pow(m.mean[static_cast<std::size_t>(i)], 2)) && !isotropic_)
        refuse({"column ", i, " is constant (", std::to_string(m.mean[static_cast<std::size_t>(i)]),
                "): leave it out, it has no density"});
      m.trace += c[i * d + i];
    }
    if (!(m.trace > 0)) refuse({"all points are equal, expected some that differ"});
    return m;
  }

  [[noreturn]] static void refuse(std::initializer_list<errors::piece> why) {
    errors::raise<bad_input>({"factor_analysis: ", errors::join(why)});
  }
  [[noreturn]] static void unfitted() {
    throw usage_error("factor_analysis: it has no parameters yet, expected fit, set or load before");
  }
  bool is_set() const { return !mean_.empty(); }

  // Whether values are missing. Refuses infinite ones.
  bool has_holes(const metrics::points& x) const {
    bool any = false;
    for (long i = 0; i < x.count() * x.dimension(); ++i) {
      if (std::isinf(x[i]))
        refuse({"found an infinite number in row ", i / x.dimension(), ", column ", i % x.dimension()});
      any = any || std::isnan(x[i]);
    }
    return any;
  }

  void begin(const moments& m, std::uint64_t seed, double floor) {
    d_ = m.d;
    mean_ = m.mean;
    loadings_.resize(static_cast<std::size_t>(d_ * l_));
    noise_.resize(static_cast<std::size_t>(d_));
    rng::normal<double>(loadings_, {seed, stream::initialisation, 0});
    const double even = m.trace / static_cast<double>(d_);
    for (long j = 0; j < d_; ++j) {
      const double v = isotropic_ ? even : m.covariance[static_cast<std::size_t>(j * d_ + j)];
      noise_[static_cast<std::size_t>(j)] = std::max(v / (l_ > 0 ? 2 : 1), floor);
      for (long l = 0; l < l_; ++l) loadings_[static_cast<std::size_t>(j * l_ + l)] *= std::sqrt(v / (2. * static_cast<double>(l_)));
    }
    prepare();
  }

  // noise^-1 W, the root of 1 + W' noise^-1 W, and the density's constant.
  void prepare() {
    scaled_ = loadings_;
    std::vector<long> all;
    for (long j = 0; j < d_; ++j) {
      for (long l = 0; l < l_; ++l) scaled_[static_cast<std::size_t>(j * l_ + l)] /= noise_[static_cast<std::size_t>(j)];
      all.push_back(j);
    }
    constant_ = root_of(all, root_);
  }

  // The root for points of which these columns are known; the constant of their density.
  double root_of(const std::vector<long>& known, std::vector<double>& root) const {
    root.assign(static_cast<std::size_t>(l_ * l_), 0.);
    double log_determinant = 0;
    for (const long j : known) {
      log_determinant += std::log(noise_[static_cast<std::size_t>(j)]);
      for (long l = 0; l < l_; ++l)
        tensor::add_scaled(scaled_[static_cast<std::size_t>(j * l_ + l)], loadings_.data() + j * l_, root.data() + l * l_, l_);
    }
    for (long l = 0; l < l_; ++l) root[static_cast<std::size_t>(l * l_ + l)] += 1;
    tensor::cholesky(l_, root.data());
    log_determinant += tensor::cholesky_log_determinant(l_, root.data());
    return -(static_cast<double>(known.size()) * 1.8378770664093454836 + log_determinant) / 2;
  }

  // The inverse of what has this root: the covariance of the factors given a point.
  void invert(const double* root, double* to) const {
    for (long i = 0; i < l_; ++i, to += l_) {
      std::fill_n(to, l_, 0.);
      to[i] = 1;
      tensor::cholesky_solve(l_, root, to);
    }
  }

  // covariance * noise^-1 W, (D, L), and the mean log-likelihood.
  double expect(const moments& m, tensor::team& t) {
    crossed_.assign(scaled_.size(), 0.);
    if (l_ > 0) {
      tensor::block<double> panels(tensor::pack_size<double>(d_, l_));
      tensor::pack(scaled_.data(), d_, l_, l_, 1, panels.data());
      tensor::matmul<double>(d_, l_, d_, m.covariance.data(), d_, 1, panels.data(), crossed_.data(), l_, false, {}, t);
    }
    double trace = 0;
    for (long j = 0; j < d_; ++j)
      trace += m.covariance[static_cast<std::size_t>(j * d_ + j)] / noise_[static_cast<std::size_t>(j)];
    inner_.assign(root_.size(), 0.);  // W' noise^-1 S noise^-1 W
    for (long j = 0; j < d_; ++j)
      for (long l = 0; l < l_; ++l)
        tensor::add_scaled(scaled_[static_cast<std::size_t>(j * l_ + l)], crossed_.data() + j * l_, inner_.data() + l * l_, l_);
    std::vector<double> column(static_cast<std::size_t>(l_));
    for (long l = 0; l < l_; ++l) {
      for (long i = 0; i < l_; ++i) column[static_cast<std::size_t>(i)] = inner_[static_cast<std::size_t>(i * l_ + l)];
      tensor::cholesky_solve(l_, root_.data(), column.data());
      trace -= column[static_cast<std::size_t>(l)];
    }
    return constant_ - trace / 2;
  }

  void maximise(const moments& m, double floor) {
    // With B = (1 + W' noise^-1 W)^-1 W' noise^-1: E[x z'] = S B', E[z z'] = M^-1 + B S B'; W = E[x z'] E[z z']^-1.
    std::vector<double> second(root_.size()), line(static_cast<std::size_t>(l_)), half(root_.size());
    for (long l = 0; l < l_; ++l) {  // rows of M^-1 (inner), then columns the same way: both are symmetric
      std::copy_n(inner_.data() + l * l_, l_, half.data() + l * l_);
      tensor::cholesky_solve(l_, root_.data(), half.data() + l * l_);
    }
    for (long l = 0; l < l_; ++l) {
      for (long i = 0; i < l_; ++i) line[static_cast<std::size_t>(i)] = half[static_cast<std::size_t>(i * l_ + l)];
      line[static_cast<std::size_t>(l)] += 1;
      tensor::cholesky_solve(l_, root_.data(), line.data());
      std::copy_n(line.data(), l_, second.data() + l * l_);
    }
    for (long i = 0; i < l_; ++i)
      for (long j = 0; j < i; ++j) {
        auto &a = second[static_cast<std::size_t>(i * l_ + j)], &b = second[static_cast<std::size_t>(j * l_ + i)];
        a = b = (a + b) / 2;
      }
    tensor::cholesky(l_, second.data());
    double sum = 0;
    for (long j = 0; j < d_; ++j) {
      double* row = loadings_.data() + j * l_;
      std::copy_n(crossed_.data() + j * l_, l_, line.data());
      tensor::cholesky_solve(l_, root_.data(), line.data());  // E[x z']
      std::copy_n(line.data(), l_, row);
      tensor::cholesky_solve(l_, second.data(), row);
      const double left = m.covariance[static_cast<std::size_t>(j * d_ + j)] - tensor::dot(row, line.data(), l_);
      noise_[static_cast<std::size_t>(j)] = std::max(left, floor);
      sum += left;
    }
    if (isotropic_) std::fill(noise_.begin(), noise_.end(), std::max(sum / static_cast<double>(d_), floor));
    prepare();
  }

  std::vector<double> mean_, loadings_, noise_;

 private:
  // f(number, log p(x), root^-1 W' noise^-1 (x - mean), root) for each point, the root that of what is known of it.
  template <class F>
  void each_point(const metrics::points& x, tensor::team& t, const F& f) const {
    if (!is_set()) unfitted();
    if (x.dimension() != d_) refuse({"found points of ", x.dimension(), " dimensions, expected ", d_});
    has_holes(x);
    t.divide(x.count(), 64, [&](long first, long count) {
      std::vector<double> apart(static_cast<std::size_t>(d_)), z(static_cast<std::size_t>(l_)), own;
      std::vector<long> known, before;  // of points that follow each other, equal ones share a root
      double own_constant = 0;
      for (long i = first; i < first + count; ++i) {
        x.part(i, 1).copy(apart.data(), mean_.data());
        std::fill(z.begin(), z.end(), 0.);
        known.clear();
        double square = 0;
        for (long j = 0; j < d_; ++j) {
          const double off = apart[static_cast<std::size_t>(j)];
          if (std::isnan(off)) continue;
          known.push_back(j);
          tensor::add_scaled(off, scaled_.data() + j * l_, z.data(), l_);
          square += off * off / noise_[static_cast<std::size_t>(j)];
        }
        const bool whole = static_cast<long>(known.size()) == d_;
        if (!whole && (own.empty() || known != before)) {
          own_constant = root_of(known, own);
          before = known;
        }
        const double* root = whole ? root_.data() : own.data();
        tensor::solve_lower(l_, root, z.data());
        // By Woodbury: x' (noise + W W')^-1 x = x' noise^-1 x - |root^-1 W' noise^-1 x|^2.
        square -= tensor::dot(z.data(), z.data(), l_);
        f(i, (whole ? constant_ : own_constant) - square / 2, static_cast<const double*>(z.data()), root);
      }
    });
  }

  // Points by what is known of them.
  struct group {
    std::vector<long> known;
    long first = 0, count = 0;
    double mass = 0;
  };
  struct sorted_points {
    std::vector<double> values, weights;
    std::vector<group> groups;
  };
  static sorted_points by_holes(const metrics::points& x, std::span<const double> weights) {
    const long d = x.dimension();
    std::map<std::vector<long>, std::vector<long>> rows;
    for (long i = 0; i < x.count(); ++i) {
      std::vector<long> known;
      for (long j = 0; j < d; ++j)
        if (!std::isnan(x[i * d + j])) known.push_back(j);
      rows[std::move(known)].push_back(i);
    }
    sorted_points s;
    for (const auto& [known, which] : rows) {
      group g{known, static_cast<long>(s.weights.size()), static_cast<long>(which.size()), 0};
      for (const long i : which) {
        s.weights.push_back(weights.empty() ? 1. : weights[static_cast<std::size_t>(i)]);
        g.mass += s.weights.back();
        for (long j = 0; j < d; ++j) s.values.push_back(x[i * d + j]);
      }
      s.groups.push_back(std::move(g));
    }
    return s;
  }

  // Given the factors, columns are independent: each is a regression on the factors and a constant over the points in
  // which it is known, so that missing values take no part (they are not filled in).
  em_report fit_incomplete(const metrics::points& x, const factor_options& o, std::span<const double> weights,
                           tensor::team& t) {
    const long n = x.count(), d = x.dimension(), u = l_ + 1;
    if (d_ != dynamic && d != d_) refuse({"found points of ", d, " dimensions, expected ", d_});
    if (d < l_) refuse({"found points of ", d, " dimensions, expected at least ", l_, ", one for each factor"});
    if (n < 2) refuse({"found ", n, " points, expected at least 2"});
    const double mass = inference::total_weight("factor_analysis", weights, n);
    const sorted_points sorted = by_holes(x, weights);
    const metrics::points all(sorted.values, d);
    moments m{d, mass, 0, std::vector<double>(static_cast<std::size_t>(d)), std::vector<double>(static_cast<std::size_t>(d * d))};
    for (long j = 0; j < d; ++j) {
      double sum = 0, &mean = m.mean[static_cast<std::size_t>(j)], &variance = m.covariance[static_cast<std::size_t>(j * d + j)];
      for (long i = 0; i < n; ++i) {
        const double v = all[i * d + j], w = sorted.weights[static_cast<std::size_t>(i)];
        if (std::isnan(v) || w == 0) continue;
        sum += w;
        const double off = v - mean;
        mean += off * w / sum;
        variance += w * off * (v - mean);
      }
      if (sum == 0) refuse({"column ", j, " has no values"});
      variance /= sum;
      if (!(variance > 1e-28 * mean * mean) && !isotropic_)
        refuse({"column ", j, " is constant (", std::to_string(mean), "): leave it out, it has no density"});
      m.trace += variance;
    }
    if (!(m.trace > 0)) refuse({"all points are equal, expected some that differ"});
    const double floor = o.variance_floor * m.trace / static_cast<double>(d);
    linear_factors next = *this;
    if (!o.given) next.begin(m, o.seed, floor);
    else if (!is_set()) unfitted();

    // Of each point the expected factors and a 1, of each group the sum of their expected squares.
    std::vector<double> factors(static_cast<std::size_t>(n * u)), density(static_cast<std::size_t>(n));
    std::vector<double> squares(sorted.groups.size() * static_cast<std::size_t>(u * u)), residual(static_cast<std::size_t>(d)),
        known_mass(static_cast<std::size_t>(d));
    em_report r = inference::expectation_maximisation(
        "factor_analysis", {o.iterations, o.tolerance}, mass,
        [&] {
          next.each_point(all, t, [&](long i, double log_density, const double* z, const double* root) {
            density[static_cast<std::size_t>(i)] = log_density;
            double* to = factors.data() + i * u;
            std::copy_n(z, l_, to);
            tensor::solve_lower_transposed(l_, root, to);
            to[l_] = 1;
          });
          return tensor::dot(density.data(), sorted.weights.data(), n);
        },
        [&] {
          t.divide(static_cast<long>(sorted.groups.size()), 1, [&](long first, long count) {
            std::vector<double> root, inverse(static_cast<std::size_t>(l_ * l_));
            for (long g = first; g < first + count; ++g) {
              const group& of = sorted.groups[static_cast<std::size_t>(g)];
              double* to = squares.data() + g * u * u;
              std::fill_n(to, u * u, 0.);
              next.root_of(of.known, root);
              next.invert(root.data(), inverse.data());
              for (long l = 0; l < l_; ++l) tensor::add_scaled(of.mass, inverse.data() + l * l_, to + l * u, l_);
              for (long i = of.first; i < of.first + of.count; ++i)
                for (long l = 0; l < u; ++l)
                  tensor::add_scaled(sorted.weights[static_cast<std::size_t>(i)] * factors[static_cast<std::size_t>(i * u + l)],
                                     factors.data() + i * u, to + l * u, u);
            }
          });
          t.divide(d, 1, [&](long first, long count) {
            std::vector<double> square(static_cast<std::size_t>(u * u)), cross(static_cast<std::size_t>(u)), line(cross);
            for (long j = first; j < first + count; ++j) {
              std::fill(square.begin(), square.end(), 0.);
              std::fill(cross.begin(), cross.end(), 0.);
              double sum = 0, weight = 0, &mean = next.mean_[static_cast<std::size_t>(j)];
              for (std::size_t g = 0; g < sorted.groups.size(); ++g) {
                const group& of = sorted.groups[g];
                if (!std::binary_search(of.known.begin(), of.known.end(), j)) continue;
                weight += of.mass;
                tensor::add_scaled(1., squares.data() + static_cast<long>(g) * u * u, square.data(), u * u);
                for (long i = of.first; i < of.first + of.count; ++i) {
                  const double off = sorted.values[static_cast<std::size_t>(i * d + j)] - mean,
                               w = sorted.weights[static_cast<std::size_t>(i)];
                  sum += w * off * off;
                  tensor::add_scaled(w * off, factors.data() + i * u, cross.data(), u);
                }
              }
              tensor::cholesky(u, square.data());
              line = cross;
              tensor::cholesky_solve(u, square.data(), line.data());
              std::copy_n(line.data(), l_, next.loadings_.data() + j * l_);
              mean += line[static_cast<std::size_t>(l_)];
              residual[static_cast<std::size_t>(j)] = sum - tensor::dot(line.data(), cross.data(), u);
              known_mass[static_cast<std::size_t>(j)] = weight;
            }
          });
          double left = 0, weight = 0;
          for (std::size_t j = 0; j < residual.size(); ++j) {
            next.noise_[j] = std::max(residual[j] / known_mass[j], floor);
            left += residual[j];
            weight += known_mass[j];
          }
          if (isotropic_) std::fill(next.noise_.begin(), next.noise_.end(), std::max(left / weight, floor));
          next.prepare();
          return true;
        });
    *this = std::move(next);
    return r;
  }

  long l_, d_;
  bool isotropic_;
  std::vector<double> scaled_, root_, crossed_, inner_;
  double constant_ = 0;
};

}  // namespace detail

/// L factors behind D columns: x = mean + loadings z + noise, z standard normal, the noise of each column with a
/// variance of its own. L and D may be `dynamic`: L is then given where it is made. scikit-learn: FactorAnalysis.
template <long L, long Dim = dynamic>
class factor_analysis : public detail::linear_factors {
  static_assert(L == dynamic || (L >= 0 && (Dim == dynamic || (Dim >= 1 && L <= Dim))),
                "factor_analysis<L, D>: expected 0 <= L <= D, or dynamic sizes");

 public:
  /// Throws usage_error for another number of factors than the type's.
  explicit factor_analysis(long factors = L) : linear_factors(expect(L, factors), Dim, false) {}
};

/// The same with one noise variance for all columns: principal components with a density. Tipping, Bishop 1999.
/// scikit-learn: PCA (score), up to its division by count - 1.
template <long L, long Dim = dynamic>
class probabilistic_pca : public detail::linear_factors {
  static_assert(L == dynamic || (L >= 0 && (Dim == dynamic || (Dim >= 1 && L < Dim))),
                "probabilistic_pca<L, D>: expected 0 <= L < D, or dynamic sizes");

 public:
  /// Throws usage_error for another number of components than the type's.
  explicit probabilistic_pca(long components = L) : linear_factors(expect(L, components), Dim, true) {}

  /// The maximum of the likelihood in closed form: the first eigenvectors of the covariance, and the mean of the
  /// eigenvalues that they leave out as noise. Throws bad_input, also where nothing is left out.
  void fit_closed_form(const metrics::points& x, std::span<const double> weights = {},
                       tensor::team& t = tensor::alone()) {
    moments m = look_at(x, weights, t);
    const auto d = static_cast<std::size_t>(m.d), l = static_cast<std::size_t>(factors());
    std::vector<double> values(d), vectors(d * d), w(d * l);
    tensor::symmetric_eigen(m.d, m.covariance.data(), values.data(), vectors.data());
    double rest = 0;
    for (std::size_t i = l; i < d; ++i) rest += values[i] / static_cast<double>(d - l);
    if (!(rest > 1e-14 * values[0]))
      refuse({"the points vary in no more than ", factors(), " directions, expected noise in the others"});
    for (std::size_t i = 0; i < d; ++i)
      for (std::size_t k = 0; k < l; ++k) w[i * l + k] = vectors[k * d + i] * std::sqrt(std::max(values[k] - rest, 0.));
    set(m.mean, w, std::vector<double>(d, rest));
  }
};

}  // namespace genet
