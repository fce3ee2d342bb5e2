#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
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

/// Moments of the factors of points: their means (count, L), and the covariance (L, L) that all have.
struct factor_posterior {
  std::vector<double> means, covariance;
};

namespace detail {

// x = mean + loadings z + noise, z standard normal, noise normal with a variance for each column (or one for all):
// sizes at run time, so that it is compiled once. Likelihood and EM need mean and covariance of the data alone.
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

  /// Fits by expectation maximisation (Rubin, Thayer 1982; Tipping, Bishop 1999). `weights` count points and may be
  /// empty. Throws bad_input (no more points than one, NaN, a constant column), usage_error, training_error.
  em_report fit(const metrics::points& x, const factor_options& o = {}, std::span<const double> weights = {},
                tensor::team& t = tensor::alone()) {
    if (!(o.variance_floor >= 0)) throw usage_error("factor_analysis: expected a variance floor not below 0");
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

  /// log p(x) of each point.
  std::vector<double> log_densities(const metrics::points& x, tensor::team& t = tensor::alone()) const {
    std::vector<double> out(static_cast<std::size_t>(x.count()));
    each_point(x, t, [&](long i, const double* scaled, const double* z) {
      // By Woodbury: x' (noise + W W')^-1 x = x' noise^-1 x - |root^-1 W' noise^-1 x|^2.
      double square = -tensor::dot(z, z, l_);
      for (long j = 0; j < d_; ++j)
        square += scaled[j] * scaled[j] * noise_[static_cast<std::size_t>(j)];
      out[static_cast<std::size_t>(i)] = constant_ - square / 2;
    });
    return out;
  }
  /// Sum of the points' log p(x), in nats.
  double log_likelihood(const metrics::points& x, tensor::team& t = tensor::alone()) const {
    const auto each = log_densities(x, t);
    return tensor::sum(each.data(), static_cast<long>(each.size()));
  }
  /// Moments of the factors given the points.
  factor_posterior posterior(const metrics::points& x, tensor::team& t = tensor::alone()) const {
    factor_posterior p{std::vector<double>(static_cast<std::size_t>(x.count() * l_)),
                       std::vector<double>(static_cast<std::size_t>(l_ * l_))};
    each_point(x, t, [&](long i, const double*, const double* z) {
      double* to = p.means.data() + i * l_;
      std::copy_n(z, l_, to);
      tensor::solve_lower_transposed(l_, root_.data(), to);
    });
    for (long i = 0; i < l_; ++i) {
      double* row = p.covariance.data() + i * l_;
      row[i] = 1;
      tensor::cholesky_solve(l_, root_.data(), row);
    }
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

  // The root of 1 + W' noise^-1 W, noise^-1 W, and the density's constant.
  void prepare() {
    scaled_ = loadings_;
    root_.assign(static_cast<std::size_t>(l_ * l_), 0.);
    double log_determinant = 0;
    for (long j = 0; j < d_; ++j) {
      const double v = noise_[static_cast<std::size_t>(j)];
      log_determinant += std::log(v);
      double* row = scaled_.data() + j * l_;
      for (long l = 0; l < l_; ++l) row[l] /= v;
      for (long l = 0; l < l_; ++l) tensor::add_scaled(row[l], loadings_.data() + j * l_, root_.data() + l * l_, l_);
    }
    for (long l = 0; l < l_; ++l) root_[static_cast<std::size_t>(l * l_ + l)] += 1;
    tensor::cholesky(l_, root_.data());
    log_determinant += tensor::cholesky_log_determinant(l_, root_.data());
    constant_ = -(static_cast<double>(d_) * 1.8378770664093454836 + log_determinant) / 2;
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
  // f(number, noise^-1 (x - mean), root^-1 W' noise^-1 (x - mean)) for each point.
  template <class F>
  void each_point(const metrics::points& x, tensor::team& t, const F& f) const {
    if (!is_set()) unfitted();
    if (x.dimension() != d_) refuse({"found points of ", x.dimension(), " dimensions, expected ", d_});
    metrics::detail::check("factor_analysis", "points", x, 0);
    t.divide(x.count(), 64, [&](long first, long count) {
      std::vector<double> apart(static_cast<std::size_t>(d_)), z(static_cast<std::size_t>(l_));
      for (long i = first; i < first + count; ++i) {
        x.part(i, 1).copy(apart.data(), mean_.data());
        std::fill(z.begin(), z.end(), 0.);
        for (long j = 0; j < d_; ++j) {
          tensor::add_scaled(apart[static_cast<std::size_t>(j)], scaled_.data() + j * l_, z.data(), l_);
          apart[static_cast<std::size_t>(j)] /= noise_[static_cast<std::size_t>(j)];
        }
        tensor::solve_lower(l_, root_.data(), z.data());
        f(i, static_cast<const double*>(apart.data()), static_cast<const double*>(z.data()));
      }
    });
  }

  long l_, d_;
  bool isotropic_;
  std::vector<double> scaled_, root_, crossed_, inner_;
  double constant_ = 0;
};

}  // namespace detail

/// L factors behind D columns: x = mean + loadings z + noise, z standard normal, the noise of each column with a
/// variance of its own. D may be `dynamic`. scikit-learn: FactorAnalysis.
template <long L, long Dim = dynamic>
class factor_analysis : public detail::linear_factors {
  static_assert(L >= 0 && (Dim == dynamic || (Dim >= 1 && L <= Dim)),
                "factor_analysis<L, D>: expected 0 <= L <= D, or D dynamic");

 public:
  factor_analysis() : linear_factors(L, Dim, false) {}
};

/// The same with one noise variance for all columns: principal components with a density. Tipping, Bishop 1999.
/// scikit-learn: PCA (score), up to its division by count - 1.
template <long L, long Dim = dynamic>
class probabilistic_pca : public detail::linear_factors {
  static_assert(L >= 0 && (Dim == dynamic || (Dim >= 1 && L < Dim)),
                "probabilistic_pca<L, D>: expected 0 <= L < D, or D dynamic");

 public:
  probabilistic_pca() : linear_factors(L, Dim, true) {}

  /// The maximum of the likelihood in closed form: the first eigenvectors of the covariance, and the mean of the
  /// eigenvalues that they leave out as noise. Throws bad_input, also where nothing is left out.
  void fit_closed_form(const metrics::points& x, std::span<const double> weights = {},
                       tensor::team& t = tensor::alone()) {
    moments m = look_at(x, weights, t);
    const auto d = static_cast<std::size_t>(m.d), l = static_cast<std::size_t>(L);
    std::vector<double> values(d), vectors(d * d), w(d * l);
    tensor::symmetric_eigen(m.d, m.covariance.data(), values.data(), vectors.data());
    double rest = 0;
    for (std::size_t i = l; i < d; ++i) rest += values[i] / static_cast<double>(d - l);
    if (!(rest > 1e-14 * values[0]))
      refuse({"the points vary in no more than ", L, " directions, expected noise in the others"});
    for (std::size_t i = 0; i < d; ++i)
      for (std::size_t k = 0; k < l; ++k) w[i * l + k] = vectors[k * d + i] * std::sqrt(std::max(values[k] - rest, 0.));
    set(m.mean, w, std::vector<double>(d, rest));
  }
};

}  // namespace genet
