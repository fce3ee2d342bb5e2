#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <numbers>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "../inference/em.hpp"
#include "../io/safetensors.hpp"
#include "../metrics/points.hpp"
#include "../random/streams.hpp"
#include "../tensor/linear.hpp"
#include "../tensor/matmul.hpp"
#include "../tensor/reduce.hpp"
#include "k_means.hpp"

namespace genet::inline GENET_ISA {

// Forms of the covariances of a mixture, in scikit-learn's words.
struct full {};       ///< each component has its own: (K, D, D)
struct tied {};       ///< all have the same: (D, D)
struct diagonal {};   ///< variances of each component: (K, D)
struct spherical {};  ///< one variance for each component: (K)

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

/// Points drawn from a mixture, and from which component each one is.
struct mixture_sample {
  std::vector<double> values;  ///< (count, dimension)
  std::vector<long> labels;    ///< -1: noise
};

namespace detail {

enum class covariance_form : unsigned char { full, tied, diagonal, spherical };

template <class Covariance>
constexpr covariance_form form_of() {
  if constexpr (std::is_same_v<Covariance, full>) return covariance_form::full;
  if constexpr (std::is_same_v<Covariance, tied>) return covariance_form::tied;
  if constexpr (std::is_same_v<Covariance, diagonal>) return covariance_form::diagonal;
  if constexpr (std::is_same_v<Covariance, spherical>) return covariance_form::spherical;
}

// The mixture with sizes at run time: compiled once for all types.
class normal_mixture {
 public:
  long components() const { return k_; }
  /// -1 as long as only the data would know.
  long dimension() const { return d_; }
  std::span<const double> weights() const { return weights_; }          // (K); with noise_weight they add up to 1
  std::span<const double> means() const { return means_; }              // (K, D)
  std::span<const double> covariances() const { return covariances_; }  // in the shape of their form

  double noise_weight() const { return noise_.weight; }

  /// Numbers that a fit chooses freely.
  long free_parameters() const {
    return k_ - 1 + has_noise() + k_ * d_ +
           (is_dense() ? matrices() * d_ * (d_ + 1) / 2 : form_ == covariance_form::diagonal ? k_ * d_ : k_);
  }

  /// Sets all parameters; there is no noise then. Throws bad_input for other sizes, weights that are negative or do not
  /// add up to 1, and covariances that are not positive definite; nothing has changed then.
  void set(std::span<const double> weights, std::span<const double> means, std::span<const double> covariances) {
    set(weights, means, covariances, {});
  }

  /// Fits by expectation maximisation. NaN is a missing value: it is integrated out, exactly. `weights` count points
  /// (as if one of weight 2 were there twice) and may be empty. The same bits for any team.
  /// Throws usage_error, bad_input (fewer points than components, infinite values, a constant or empty column, bad
  /// weights), training_error. scikit-learn: GaussianMixture.
  em_report fit(const metrics::points& x, const mixture_options& o = {}, std::span<const double> weights = {},
                tensor::team& t = tensor::alone()) {
    check_options(o);
    const data all = look_at(x, weights, o);
    if (o.start == mixture_start::given && !is_set()) unfitted();
    normal_mixture best = *this;
    em_report report;
    for (long start = 0; start < o.starts; ++start) {
      normal_mixture m = o.start == mixture_start::given ? *this : normal_mixture(k_, all.d, form_);
      if (o.start == mixture_start::k_means) m.from_labels(all, o, start, t);
      if (o.start == mixture_start::random) m.from_points(all, o, start);
      m.start_noise(all, o);
      em_report r = m.climb(all, o, t);
      const bool better = r.collapsed != report.collapsed ? report.collapsed : r.final() > report.final();
      if (start > 0 && !better) continue;
      best = std::move(m);
      report = std::move(r);
    }
    *this = std::move(best);
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

  /// log p(x) of each point; of what is known of it where values are missing.
  std::vector<double> log_densities(const metrics::points& x, tensor::team& t = tensor::alone()) const {
    return evaluate(x, nullptr, t);
  }
  /// Sum of the points' log p(x), in nats.
  double log_likelihood(const metrics::points& x, tensor::team& t = tensor::alone()) const {
    const auto each = log_densities(x, t);
    return tensor::sum(each.data(), static_cast<long>(each.size()));
  }
  /// log p(x | component) of each point, (count, K).
  std::vector<double> component_log_densities(const metrics::points& x, tensor::team& t = tensor::alone()) const {
    std::vector<double> r(static_cast<std::size_t>(x.count() * k_));
    evaluate(x, r.data(), t, false);
    for (std::size_t i = 0; i < r.size(); ++i) r[i] -= std::log(weights_[i % static_cast<std::size_t>(k_)]);
    return r;
  }
  /// Responsibilities: the probability of each component given the point, (count, K).
  std::vector<double> posterior(const metrics::points& x, tensor::team& t = tensor::alone()) const {
    std::vector<double> r(static_cast<std::size_t>(x.count() * k_));
    evaluate(x, r.data(), t);
    return r;
  }

  /// The probability of each point to be noise; with those of `posterior` it adds up to 1.
  std::vector<double> noise_posterior(const metrics::points& x, tensor::team& t = tensor::alone()) const {
    std::vector<double> noise(static_cast<std::size_t>(x.count()));
    evaluate(x, nullptr, t, true, noise.data());
    return noise;
  }

  /// Criteria of these points, smaller is better: Akaike 1974, Schwarz 1978, and the integrated completed likelihood
  /// (Biernacki, Celeux, Govaert 2000), which is BIC plus twice the entropy of the responsibilities.
  double aic(const metrics::points& x, tensor::team& t = tensor::alone()) const {
    return inference::aic(log_likelihood(x, t), free_parameters());
  }
  double bic(const metrics::points& x, tensor::team& t = tensor::alone()) const {
    return inference::bic(log_likelihood(x, t), free_parameters(), static_cast<double>(x.count()));
  }
  double icl(const metrics::points& x, tensor::team& t = tensor::alone()) const {
    return bic(x, t) + 2 * (inference::entropy(posterior(x, t)) + inference::entropy(noise_posterior(x, t)));
  }

  /// Draws points: a function of `seed` alone. Noise whose density is no distribution is not drawn.
  mixture_sample sample(long count, std::uint64_t seed = 1) const {
    if (!is_set()) unfitted();
    if (count < 0) errors::raise<usage_error>({"gaussian_mixture: found ", count, " samples, expected 0 or more"});
    mixture_sample out;
    rng::source s(rng::key{seed, stream::sampling, 0});
    std::vector<double> chance = weights_;
    if (!noise_.box.empty()) chance.push_back(noise_.weight);
    for (long i = 0; i < count; ++i) {
      const long label = inference::choose(chance, s);
      out.labels.push_back(label < k_ ? label : -1);
      draw(out.labels.back(), i, seed, out.values);
    }
    return out;
  }
  /// Appends a point of one component (-1: of the noise), number `at` of `seed`.
  void draw(long component, long at, std::uint64_t seed, std::vector<double>& to) const {
    const auto first = to.size(), d = static_cast<std::size_t>(d_);
    to.resize(first + d);
    double* x = to.data() + first;
    if (component < 0) {
      rng::uniform<double>({x, d}, {seed, stream::sampling + 1, static_cast<std::uint64_t>(at)});
      for (std::size_t j = 0; j < d; ++j) x[j] = noise_.box[j] + x[j] * (noise_.box[d + j] - noise_.box[j]);
      return;
    }
    rng::normal<double>({x, d}, {seed, stream::sampling + 1, static_cast<std::uint64_t>(at)});
    if (is_dense()) {  // the root times normal numbers, from the last row up
      const double* root = roots_.data() + (matrices() == 1 ? 0 : component) * d_ * d_;
      for (long j = d_; j-- > 0;) x[j] = tensor::dot(root + j * d_, x, j + 1);
    }
    for (long j = 0; j < d_; ++j)
      x[j] = means_[static_cast<std::size_t>(component * d_ + j)] +
             (is_dense() ? x[j] : std::sqrt(variance(component, j)) * x[j]);
  }

  /// Writes weights, means and covariances as safetensors, atomically. Throws io_error.
  void save(const std::filesystem::path& path) const {
    if (!is_set()) unfitted();
    io::tensor_file file;
    file.metadata["format"] = "genet.gaussian_mixture";
    add_to(file);
    file.write(path);
  }
  /// Reads them back. Throws io_error, bad_input; the model is then as it was.
  void load(const std::filesystem::path& path) {
    const auto file = io::tensor_file::read(path);
    try {
      take_from(file);
    } catch (const bad_input& e) {
      throw bad_input(path.string() + ": " + e.what());
    }
  }
  /// The same as a part of a file.
  void add_to(io::tensor_file& file) const {
    file.add("weights", {k_}, weights_);
    file.add("means", {k_, d_}, means_);
    file.add("covariances", covariance_shape(), covariances_);
    if (!has_noise()) return;
    file.add("noise_weight", {1}, std::vector<double>{noise_.weight});
    file.add("noise_log_widths", {d_}, noise_.log_widths);
    if (!noise_.box.empty()) file.add("noise_box", {2, d_}, noise_.box);
  }
  void take_from(const io::tensor_file& file) {
    background n;
    if (file.find("noise_weight")) {
      const auto weight = file.get<double>("noise_weight");
      n.weight = weight.empty() ? 0 : weight[0];
      n.log_widths = file.get<double>("noise_log_widths");
      if (file.find("noise_box")) n.box = file.get<double>("noise_box");
    }
    set(file.get<double>("weights"), file.get<double>("means"), file.get<double>("covariances"), n);
  }

 protected:
  normal_mixture(const normal_mixture& other)
      : form_(other.form_),
        k_(other.k_),
        d_(other.d_),
        weights_(other.weights_),
        means_(other.means_),
        covariances_(other.covariances_),
        noise_(other.noise_) {
    if (is_set()) prepare();
  }
  normal_mixture& operator=(const normal_mixture& other) { return *this = normal_mixture(other); }
  normal_mixture(normal_mixture&&) = default;
  normal_mixture& operator=(normal_mixture&&) = default;
  normal_mixture(long k, long d, covariance_form form) : form_(form), k_(k), d_(d) {
    if (k < 1) errors::raise<usage_error>({"gaussian_mixture: found ", k, " components, expected at least 1"});
    if (d < 1 && d != dynamic)
      errors::raise<usage_error>({"gaussian_mixture: found ", d, " dimensions, expected at least 1"});
  }

 private:
  static constexpr long block = 256, chunk_blocks = 16, chunk = block * chunk_blocks;
  static constexpr double log_two_pi = 1.8378770664093454836;

  // A component of constant density.
  struct background {
    double weight = 0;
    std::vector<double> log_widths;  // (D): minus what each column adds to the log-density; empty: there is none
    std::vector<double> box;         // (2, D): from where to where it reaches; empty for a density that is none
  };

  // What a fit knows of its points.
  struct data {
    metrics::points x;
    std::span<const double> weights;
    long n, d;
    double mass, floor;
    std::vector<double> mean, variance;  // of the columns
    std::vector<double> low, high;
    std::vector<char> incomplete;        // rows with missing values; empty if there are none
    double weight(long i) const { return weights.empty() ? 1. : weights[static_cast<std::size_t>(i)]; }
    // Some rows of it: what a pass over points needs of them.
    data part(const inference::some_points& some, std::span<const std::uint32_t> rows) const {
      data of{{some.values, d}, some.weights, static_cast<long>(rows.size()), d, 0, floor, {}, {}, {}, {}, {}};
      of.mass = static_cast<double>(rows.size());
      if (!weights.empty()) of.mass = tensor::sum(some.weights.data(), of.n);
      if (!incomplete.empty())
        for (const std::uint32_t i : rows) of.incomplete.push_back(incomplete[i]);
      return of;
    }
    bool is_incomplete(long i) const { return !incomplete.empty() && incomplete[static_cast<std::size_t>(i)]; }
  };

  // Sums over points, weighted by responsibility, of their distance to the mean that the component had before.
  struct sums {
    std::vector<double> mass, first, second, log_density;
    double objective = 0;
  };

  // Room of one thread.
  struct room {
    explicit room(long d)
        : apart(block * d), panels(tensor::pack_size<double>(block, d)), squares(block * tensor::width<double>) {}
    tensor::block<double> apart, panels, squares;
  };

  [[noreturn]] static void refuse(std::initializer_list<errors::piece> why) {
    errors::raise<bad_input>({"gaussian_mixture: ", errors::join(why)});
  }
  [[noreturn]] static void unfitted() {
    throw usage_error("gaussian_mixture: it has no parameters yet, expected fit, set or load before");
  }

  bool is_set() const { return !weights_.empty(); }
  bool has_noise() const { return !noise_.log_widths.empty(); }
  // Of responsibilities: those of the noise come last.
  long lines() const { return k_ + has_noise(); }
  bool is_dense() const { return form_ == covariance_form::full || form_ == covariance_form::tied; }
  long matrices() const { return form_ == covariance_form::tied ? 1 : k_; }
  long covariance_numbers() const {
    return is_dense() ? matrices() * d_ * d_ : form_ == covariance_form::diagonal ? k_ * d_ : k_;
  }
  std::vector<long> covariance_shape() const {
    switch (form_) {
      case covariance_form::full: return {k_, d_, d_};
      case covariance_form::tied: return {d_, d_};
      case covariance_form::diagonal: return {k_, d_};
      default: return {k_};
    }
  }
  double variance(long c, long j) const {
    return covariances_[static_cast<std::size_t>(form_ == covariance_form::diagonal ? c * d_ + j : c)];
  }
  const double* matrix(long c) const { return covariances_.data() + (matrices() == 1 ? 0 : c) * d_ * d_; }

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

  void set(std::span<const double> weights, std::span<const double> means, std::span<const double> covariances,
           const background& noise) {
    const long k = static_cast<long>(weights.size()), d = k == 0 ? 0 : static_cast<long>(means.size()) / k;
    if (k != k_ || (d_ != dynamic && d != d_) || d < 1 || static_cast<long>(means.size()) != k * d)
      refuse({"found ", k, " weights and ", means.size(), " numbers as means, expected ", k_, " components",
              d_ == dynamic ? "" : " of " + std::to_string(d_) + " dimensions"});
    normal_mixture next(k, d, form_);
    if (static_cast<long>(covariances.size()) != next.covariance_numbers())
      refuse({"found ", covariances.size(), " numbers as covariances, expected ", next.covariance_numbers()});
    double sum = noise.weight >= 0 ? noise.weight : std::nan("");
    for (const double w : weights) sum += w >= 0 ? w : std::nan("");
    if (!(std::abs(sum - 1) < 1e-6)) refuse({"expected weights not below 0 that add up to 1"});
    for (const double m : means)
      if (!std::isfinite(m)) refuse({"found a mean that is not finite"});
    if (const auto columns = noise.log_widths.size(), box = noise.box.size(), size = static_cast<std::size_t>(d);
        (columns != 0 && columns != size) || (box != 0 && box != 2 * size) || (columns == 0 && noise.weight > 0))
      refuse({"found noise of ", columns, " columns, expected ", d});
    next.weights_.assign(weights.begin(), weights.end());
    next.means_.assign(means.begin(), means.end());
    next.covariances_.assign(covariances.begin(), covariances.end());
    next.noise_ = noise;
    if (const long bad = next.prepare(); bad >= 0)
      refuse({"the covariance of component ", bad, " is not positive definite"});
    *this = std::move(next);
  }

  data look_at(const metrics::points& x, std::span<const double> weights, const mixture_options& o) const {
    if (d_ != dynamic && x.dimension() != d_)
      refuse({"found points of ", x.dimension(), " dimensions, expected ", d_});
    const long n = x.count(), d = x.dimension();
    if (n < k_) refuse({"found ", n, " points, expected at least ", k_, ", one for each component"});
    if (o.prior.degrees != 0 && !(o.prior.degrees > static_cast<double>(d - 1)))
      errors::raise<usage_error>({"gaussian_mixture: expected degrees of freedom above ", d - 1});
    data all{x, weights, n, d, inference::total_weight("gaussian_mixture", weights, n), 0, {}, {}, {}, {}, {}};
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

  // Inverse roots and constants from the parameters; the first component whose covariance is not positive definite, or
  // -1.
  long prepare() {
    const long m = matrices(), size = tensor::pack_size<double>(d_, d_);
    log_determinants_.assign(static_cast<std::size_t>(m), 0.);
    if (is_dense()) {
      factors_ = tensor::block<double>(m * d_ * d_);
      panels_ = tensor::block<double>(m * size);
      roots_ = covariances_;
      for (long c = 0; c < m; ++c) {
        const double* from = matrix(c);
        double* root = roots_.data() + c * d_ * d_;
        for (long i = 0; i < d_; ++i)
          for (long j = 0; j < i; ++j)
            if (!(std::abs(from[i * d_ + j] - from[j * d_ + i]) <= 1e-9 * (std::abs(from[i * d_ + j]) + from[i * d_ + i])))
              return c;
        if (!tensor::cholesky(d_, root)) return c;
        for (long i = 0; i < d_; ++i)  // only rounding keeps it from being singular
          if (std::pow(root[i * d_ + i], 2) < 1e-14 * from[i * d_ + i]) return c;
        log_determinants_[static_cast<std::size_t>(c)] = tensor::cholesky_log_determinant(d_, root);
        // Rows of the inverse from the top: row i is (e_i - sum over j < i of root(i, j) row j) / root(i, i).
        double* inverse = factors_.data() + c * d_ * d_;
        for (long i = 0; i < d_; ++i) {
          double* row = inverse + i * d_;
          for (long j = 0; j < i; ++j) tensor::add_scaled(-root[i * d_ + j], inverse + j * d_, row, j + 1);
          row[i] = 1;
          const double scale = 1 / root[i * d_ + i];
          for (long j = 0; j <= i; ++j) row[j] *= scale;
        }
        tensor::pack(inverse, d_, d_, 1, d_, panels_.data() + c * size);
      }
    } else {
      factors_ = tensor::block<double>(k_ * d_);  // inverse variances
      for (long c = 0; c < k_; ++c)
        for (long j = 0; j < d_; ++j) {
          const double v = variance(c, j);
          if (!(v > 0) || std::isinf(v)) return c;
          factors_[c * d_ + j] = 1 / v;
          log_determinants_[static_cast<std::size_t>(c)] += std::log(v);
        }
    }
    constants_.resize(static_cast<std::size_t>(k_));
    for (long c = 0; c < k_; ++c)
      constants_[static_cast<std::size_t>(c)] =
          std::log(weights_[static_cast<std::size_t>(c)]) -
          (static_cast<double>(d_) * log_two_pi + log_determinants_[static_cast<std::size_t>(m == 1 ? 0 : c)]) / 2;
    return -1;
  }

  // --- passes over points: chunks of rows that all threads share, first by rows, then by components

  long second_numbers() const { return is_dense() ? d_ * d_ : d_; }

  // Log-densities and sums by the responsibilities that there are (count, K), or by those of the parameters.
  sums sum_up(const data& all, bool hard, const double* given, tensor::team& t) const {
    const auto numbers = static_cast<std::size_t>(second_numbers());
    const auto k = static_cast<std::size_t>(k_);
    sums s{std::vector<double>(k), std::vector<double>(k * static_cast<std::size_t>(d_)),
           std::vector<double>(k * numbers), std::vector<double>(static_cast<std::size_t>(all.n)), 0};
    pass(all.x, all.incomplete, t, [&](long first, long rows, double* r, double* x, auto& rooms) {
      const long blocks = (rows + block - 1) / block;
      t.run(static_cast<int>(blocks), [&](int b) {
        const long begin = b * block, count = std::min(block, rows - begin);
        double* const of_block = r + begin * lines();
        if (given)
          for (long c = 0; c < k_; ++c)
            for (long i = 0; i < count; ++i) of_block[c * block + i] = given[(first + begin + i) * k_ + c];
        else
          share(of_block, count, hard, s.log_density.data() + first + begin);
        if (!all.weights.empty())
          for (long c = 0; c < k_; ++c)
            for (long i = 0; i < count; ++i) of_block[c * block + i] *= all.weight(first + begin + i);
      });
      t.run(t.size(), [&](int part) {
        for (long c = k_ * part / t.size(); c < k_ * (part + 1) / t.size(); ++c)
          for (long b = 0; b < blocks; ++b)
            add_block(all, first + b * block, std::min(block, rows - b * block), c, r + b * block * lines() + c * block,
                      x + b * block * d_, s, rooms[static_cast<std::size_t>(part)]);
      });
    });
    if (all.weights.empty())
      s.objective = tensor::sum(s.log_density.data(), all.n);
    else
      s.objective = tensor::dot(s.log_density.data(), all.weights.data(), all.n);
    return s;
  }

  std::vector<double> evaluate(const metrics::points& x, double* responsibilities, tensor::team& t, bool shared = true,
                               double* noise = nullptr) const {
    if (!is_set()) unfitted();
    if (x.dimension() != d_) refuse({"found points of ", x.dimension(), " dimensions, expected ", d_});
    std::vector<char> incomplete;
    for (long i = 0; i < x.count() * d_; ++i) {
      if (std::isinf(x[i])) refuse({"found an infinite number in row ", i / d_, ", column ", i % d_});
      if (!std::isnan(x[i])) continue;
      incomplete.resize(static_cast<std::size_t>(x.count()));
      incomplete[static_cast<std::size_t>(i / d_)] = 1;
    }
    std::vector<double> density(static_cast<std::size_t>(x.count()));
    pass(x, incomplete, t, [&](long first, long rows, double* r, double*, auto&) {
      t.run(static_cast<int>((rows + block - 1) / block), [&](int b) {
        const long begin = b * block, count = std::min(block, rows - begin);
        double* const of_block = r + begin * lines();
        if (shared) share(of_block, count, false, density.data() + first + begin);
        for (long i = 0; responsibilities && i < count; ++i)
          for (long c = 0; c < k_; ++c) responsibilities[(first + begin + i) * k_ + c] = of_block[c * block + i];
        if (noise && has_noise()) std::copy_n(of_block + k_ * block, count, noise + first + begin);
      });
    });
    return density;
  }

  // f(first row, rows, their log(weight * density) [block][component][row], their numbers, rooms) for each chunk.
  template <class F>
  void pass(const metrics::points& x, const std::vector<char>& incomplete, tensor::team& t, const F& f) const {
    const long most = std::min(chunk, tensor::round_up(x.count(), block));
    tensor::block<double> rows(most * d_), r(most * lines());
    std::vector<room> rooms;
    for (long i = 0; i < std::max<long>(t.size(), std::min(chunk_blocks, most / block)); ++i) rooms.emplace_back(d_);
    for (long first = 0; first < x.count(); first += chunk) {
      const long n = std::min(chunk, x.count() - first);
      t.run(static_cast<int>((n + block - 1) / block), [&](int b) {
        const long begin = b * block, count = std::min(block, n - begin);
        double *const numbers = rows.data() + begin * d_, *const of_block = r.data() + begin * lines();
        x.part(first + begin, count).copy(numbers);
        densities(numbers, count, of_block, rooms[static_cast<std::size_t>(b)]);
        for (long i = 0; !incomplete.empty() && i < count; ++i)
          if (incomplete[static_cast<std::size_t>(first + begin + i)])
            for (long c = 0; c < k_; ++c)
              of_block[c * block + i] = complete(c, numbers + i * d_, nullptr, nullptr);
        for (long i = 0; has_noise() && i < count; ++i) {
          double& log_density = of_block[k_ * block + i] = std::log(noise_.weight);
          for (long j = 0; j < d_; ++j)
            if (!std::isnan(numbers[i * d_ + j])) log_density -= noise_.log_widths[static_cast<std::size_t>(j)];
        }
      });
      f(first, n, r.data(), rows.data(), rooms);
    }
  }

  // log(weight * density) of `count` rows under each component: lines of `block`.
  void densities(const double* x, long count, double* to, room& work) const {
    constexpr long W = tensor::width<double>, P = tensor::panel_width<double>;
    using V = tensor::simd<double>;
    if (!is_dense()) {
      tensor::pack(x, d_, count, 1, d_, work.panels.data());
      for (long column = 0; column < count; column += P) {
        const long line = tensor::panel_line<double>(count, column);
        for (long half = 0; half < line; half += W) {
          const double* at = work.panels.data() + column * d_ + half;
          long c = 0;
          for (; c + 5 <= k_; c += 5) squares_of<5>(at, line, c, to + column + half);
          for (; c < k_; ++c) squares_of<1>(at, line, c, to + column + half);
        }
      }
      return;
    }
    const long size = tensor::pack_size<double>(d_, d_);
    const tensor::epilogue<double> squares{
        .each =
            [](const tensor::tile_lines<double>& tile, const void* into) {
              double* sum = static_cast<double*>(const_cast<void*>(into)) + tile.row * W;
              for (long i = 0; i < tile.rows; ++i)
                for (long j = 0; j < tile.stride; j += W) {
                  const V y = V::load_aligned(tile.at + i * tile.stride + j);
                  tensor::fma<double>(y, y, V::load_aligned(sum + i * W)).store_aligned(sum + i * W);
                }
            },
        .data = work.squares.data(),
        .keep = false};
    for (long c = 0; c < k_; ++c) {
      const double *mean = means_.data() + c * d_, *panels = panels_.data() + (matrices() == 1 ? 0 : c) * size;
      for (long i = 0; i < count; ++i)
        for (long j = 0; j < d_; ++j) work.apart[i * d_ + j] = x[i * d_ + j] - mean[j];
      work.squares.zero();
      // The inverse root is a triangle: columns from `column` on end at their last row.
      for (long column = 0; column < d_; column += P)
        tensor::matmul<double>(count, std::min(P, d_ - column), std::min(column + P, d_), work.apart.data(), d_, 1,
                               panels + column * d_, nullptr, 0, false, squares);
      for (long i = 0; i < count; ++i)
        to[c * block + i] = constants_[static_cast<std::size_t>(c)] -
                            tensor::horizontal_sum(V::load_aligned(work.squares.data() + i * W)) / 2;
    }
  }

  // From log(weight * density) to responsibilities and the log of the sum, or to the likeliest and its own.
  void share(double* r, long count, bool hard, double* log_density) const {
    using V = tensor::simd<double>;
    tensor::each_vector<double>(count, [&](long i, long some) {
      V top = V::load_unaligned(r + i);
      for (long c = 1; c < lines(); ++c) top = xsimd::max(top, V::load_unaligned(r + c * block + i));
      if (hard) {
        auto taken = V(0.) > V(1.);
        for (long c = 0; c < lines(); ++c) {
          const V v = V::load_unaligned(r + c * block + i);
          const auto is = (v == top) & ~taken;
          taken = taken | is;
          xsimd::select(is, V(1.), V(0.)).store_unaligned(r + c * block + i);
        }
        return tensor::store_partial(log_density + i, top, some);
      }
      V sum(0.);
      for (long c = 0; c < lines(); ++c) {
        const V e = xsimd::exp(V::load_unaligned(r + c * block + i) - top);
        sum = sum + e;
        e.store_unaligned(r + c * block + i);
      }
      const V scale = V(1.) / sum;
      for (long c = 0; c < lines(); ++c) (V::load_unaligned(r + c * block + i) * scale).store_unaligned(r + c * block + i);
      tensor::store_partial(log_density + i, top + xsimd::log(sum), some);
    });
  }

  // log(weight * density) of what is known of a row; the rest's expected distance to the mean (0 for what has none
  // missing) and covariance, if they are wanted.
  double complete(long c, const double* x, double* apart, double* rest) const {
    const double* mean = means_.data() + c * d_;
    double value = std::log(weights_[static_cast<std::size_t>(c)]);
    if (!is_dense()) {
      for (long j = 0; j < d_; ++j) {
        const double v = variance(c, j), off = std::isnan(x[j]) ? 0 : x[j] - mean[j];
        if (!std::isnan(x[j])) value -= (log_two_pi + std::log(v) + off * off / v) / 2;
        if (apart) apart[j] = off;
        if (rest) rest[j] = std::isnan(x[j]) ? v : 0;
      }
      return value;
    }
    std::vector<long> known, missing;
    for (long j = 0; j < d_; ++j) (std::isnan(x[j]) ? missing : known).push_back(j);
    const auto size = static_cast<long>(known.size());
    const double* full_matrix = matrix(c);
    std::vector<double> root(known.size() * known.size()), y(known.size()), cross(missing.size() * known.size());
    for (std::size_t i = 0; i < known.size(); ++i) {
      y[i] = x[known[i]] - mean[known[i]];
      for (std::size_t j = 0; j < known.size(); ++j) root[i * known.size() + j] = full_matrix[known[i] * d_ + known[j]];
    }
    tensor::cholesky(size, root.data());
    tensor::solve_lower(size, root.data(), y.data());
    value -= (static_cast<double>(size) * log_two_pi + tensor::cholesky_log_determinant(size, root.data()) +
              tensor::dot(y.data(), y.data(), size)) /
             2;
    if (!apart) return value;
    std::fill_n(rest, d_ * d_, 0.);
    for (const long j : known) apart[j] = x[j] - mean[j];
    for (std::size_t i = 0; i < missing.size(); ++i) {
      double* line = cross.data() + i * known.size();
      for (std::size_t j = 0; j < known.size(); ++j) line[j] = full_matrix[missing[i] * d_ + known[j]];
      tensor::solve_lower(size, root.data(), line);
      apart[missing[i]] = tensor::dot(line, y.data(), size);
      for (std::size_t j = 0; j <= i; ++j) {
        const double left = full_matrix[missing[i] * d_ + missing[j]] -
                            tensor::dot(line, cross.data() + j * known.size(), size);
        rest[missing[i] * d_ + missing[j]] = rest[missing[j] * d_ + missing[i]] = left;
      }
    }
    return value;
  }

  // log(weight * density) of a vector of rows, whose coordinates lie `line` apart, under `Together` components without
  // correlations, which share the loads of coordinates.
  template <int Together>
  void squares_of(const double* at, long line, long c, double* to) const {
    using V = tensor::simd<double>;
    const double *mean = means_.data() + c * d_, *precision = factors_.data() + c * d_;
    constexpr int chains = Together == 1 ? 4 : 1;  // sums that do not wait for each other
    V sum[static_cast<std::size_t>(Together * chains)];
    tensor::unroll<Together * chains>([&](auto i) __attribute__((always_inline)) { sum[i] = V(0.); });
    const auto add = [&](long j, long chain) __attribute__((always_inline)) {
      const V x = V::load_aligned(at + j * line);
      tensor::unroll<Together>([&](auto i) __attribute__((always_inline)) {
        const V apart = x - V(mean[i * d_ + j]);
        V& s = sum[i * chains + chain];
        s = tensor::fma<double>(apart * apart, V(precision[i * d_ + j]), s);
      });
    };
    long j = 0;
    for (; j + chains <= d_; j += chains)
      tensor::unroll<chains>([&](auto l) __attribute__((always_inline)) { add(j + l, l); });
    for (; j < d_; ++j) add(j, 0);
    tensor::unroll<Together>([&](auto i) __attribute__((always_inline)) {
      V square = sum[i * chains];
      tensor::unroll<chains - 1>([&](auto l) __attribute__((always_inline)) { square = square + sum[i * chains + l + 1]; });
      (V(constants_[static_cast<std::size_t>(c + i)]) - square * V(.5)).store_aligned(to + (c + i) * block);
    });
  }

  // Sums over rows of r (x - mean) and r (x - mean)^2, `Vectors` vectors of columns at a time in registers.
  template <int Vectors>
  static void add_columns(const double* x, long line, const long* rows, long count, const double* r, const double* mean,
                          double* first, double* second, long columns) {
    using V = tensor::simd<double>;
    constexpr long W = tensor::width<double>;
    const auto load = [&](const double* p, long i) __attribute__((always_inline)) {
      return Vectors > 1 ? V::load_unaligned(p + i * W) : tensor::load_partial(p, columns);
    };
    const auto store = [&](double* p, long i, const V& v) __attribute__((always_inline)) {
      Vectors > 1 ? v.store_unaligned(p + i * W) : tensor::store_partial(p, v, columns);
    };
    V centre[Vectors], one[Vectors], two[Vectors];
    tensor::unroll<Vectors>([&](auto i) __attribute__((always_inline)) {
      centre[i] = load(mean, i);
      one[i] = load(first, i);
      two[i] = load(second, i);
    });
    for (long n = 0; n < count; ++n) {
      const double* row = x + rows[n] * line;
      const V share(r[rows[n]]);
      tensor::unroll<Vectors>([&](auto i) __attribute__((always_inline)) {
        const V apart = load(row, i) - centre[i], weighted = apart * share;
        one[i] = one[i] + weighted;
        two[i] = tensor::fma<double>(weighted, apart, two[i]);
      });
    }
    tensor::unroll<Vectors>([&](auto i) __attribute__((always_inline)) {
      store(first, i, one[i]);
      store(second, i, two[i]);
    });
  }

  // Adds some rows to the sums of component `c`, whose responsibilities are r.
  void add_block(const data& all, long row, long count, long c, const double* r, const double* x, sums& s,
                 room& work) const {
    constexpr long P = tensor::panel_width<double>, W = tensor::width<double>;
    const double* mean = means_.data() + c * d_;
    double *first = s.first.data() + c * d_, *second = s.second.data() + c * second_numbers();
    std::vector<double> apart, rest;
    std::array<long, static_cast<std::size_t>(block)> rows;  // complete ones that it has a share of
    long taken = 0;
    for (long i = 0; i < count; ++i) {
      if (r[i] == 0) continue;
      s.mass[static_cast<std::size_t>(c)] += r[i];
      if (!all.is_incomplete(row + i)) {
        rows[static_cast<std::size_t>(taken++)] = i;
        continue;
      }
      apart.resize(static_cast<std::size_t>(d_));
      rest.resize(static_cast<std::size_t>(second_numbers()));
      complete(c, x + i * d_, apart.data(), rest.data());
      tensor::add_scaled(r[i], apart.data(), first, d_);
      tensor::add_scaled(r[i], rest.data(), second, second_numbers());
      for (long j = 0; j < d_; ++j) {
        const double weighted = r[i] * apart[static_cast<std::size_t>(j)];
        if (is_dense())
          tensor::add_scaled(weighted, apart.data(), second + j * d_, d_);
        else
          second[j] += weighted * apart[static_cast<std::size_t>(j)];
      }
    }
    if (!is_dense()) {
      long j = 0;
      for (; j + 4 * W <= d_; j += 4 * W)
        add_columns<4>(x + j, d_, rows.data(), taken, r, mean + j, first + j, second + j, 4 * W);
      for (; j < d_; j += W)
        add_columns<1>(x + j, d_, rows.data(), taken, r, mean + j, first + j, second + j, std::min(W, d_ - j));
      return;
    }
    // The distance times the root of the responsibility, so that one matrix is both operands of the product.
    for (long n = 0; n < taken; ++n) {
      const long i = rows[static_cast<std::size_t>(n)];
      const double root = std::sqrt(r[i]);
      double* z = work.apart.data() + n * d_;
      tensor::each_vector<double>(d_, [&](long j, long some) __attribute__((always_inline)) {
        using V = tensor::simd<double>;
        const V y = (tensor::load_partial(x + i * d_ + j, some) - tensor::load_partial(mean + j, some)) * V(root);
        tensor::store_partial(first + j, tensor::fma<double>(y, V(root), tensor::load_partial(first + j, some)), some);
        tensor::store_partial(z + j, y, some);
      });
    }
    if (taken == 0) return;
    tensor::pack(work.apart.data(), taken, d_, d_, 1, work.panels.data());
    for (long column = 0; column < d_; column += P)  // down to the diagonal: what is above stays out
      tensor::matmul<double>(d_ - column, std::min(P, d_ - column), taken, work.apart.data() + column, 1, d_,
                             work.panels.data() + column * taken, second + column * d_ + column, d_, true);
  }

  covariance_form form_;
  long k_, d_;
  std::vector<double> weights_, means_, covariances_;
  background noise_;
  std::vector<double> constants_, log_determinants_, roots_;
  tensor::block<double> factors_, panels_;  // inverse roots, as they are and packed; or inverse variances
};

}  // namespace detail

/// A form of covariance: full, tied, diagonal or spherical.
template <class C>
concept covariance = std::is_same_v<C, full> || std::is_same_v<C, tied> || std::is_same_v<C, diagonal> ||
                     std::is_same_v<C, spherical>;

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
