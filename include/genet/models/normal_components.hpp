#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <span>
#include <string>
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

namespace genet::inline GENET_ISA {

// Forms of the covariances of a mixture, in scikit-learn's words.
struct full {};       ///< each component has its own: (K, D, D)
struct tied {};       ///< all have the same: (D, D)
struct diagonal {};   ///< variances of each component: (K, D)
struct spherical {};  ///< one variance for each component: (K)

/// A form of covariance: full, tied, diagonal or spherical.
template <class C>
concept covariance = std::is_same_v<C, full> || std::is_same_v<C, tied> || std::is_same_v<C, diagonal> ||
                     std::is_same_v<C, spherical>;

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

// Weighted normal distributions, and perhaps noise of constant density, with sizes at run time: what they say of points
// and what a fit needs of points under them. Compiled once for all types of mixtures; normal_mixture fits them.
class normal_components {
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
  normal_components(const normal_components& other)
      : form_(other.form_),
        k_(other.k_),
        d_(other.d_),
        weights_(other.weights_),
        means_(other.means_),
        covariances_(other.covariances_),
        noise_(other.noise_) {
    if (is_set()) prepare();
  }
  normal_components& operator=(const normal_components& other) { return *this = normal_components(other); }
  normal_components(normal_components&&) = default;
  normal_components& operator=(normal_components&&) = default;
  normal_components(long k, long d, covariance_form form) : form_(form), k_(k), d_(d) {
    if (k < 1) errors::raise<usage_error>({"gaussian_mixture: found ", k, " components, expected at least 1"});
    if (d < 1 && d != dynamic)
      errors::raise<usage_error>({"gaussian_mixture: found ", d, " dimensions, expected at least 1"});
  }

  static constexpr long block = 256, chunk_blocks = 16, chunk = block * chunk_blocks;
  static constexpr double log_two_pi = 1.8378770664093454836;

  // A component of constant density.
  struct background {
    double weight = 0;
    std::vector<double> log_widths;  // (D): minus what each column adds to the log-density; empty: there is none
    std::vector<double> box;         // (2, D): from where to where it reaches; empty for a density that is none
  };

  // Points, what each of them counts, and which have missing values.
  struct observations {
    metrics::points x;
    std::span<const double> weights;
    long n;
    std::vector<char> incomplete;  // rows with missing values; empty if there are none
    double weight(long i) const { return weights.empty() ? 1. : weights[static_cast<std::size_t>(i)]; }
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

  void set(std::span<const double> weights, std::span<const double> means, std::span<const double> covariances,
           const background& noise) {
    const long k = static_cast<long>(weights.size()), d = k == 0 ? 0 : static_cast<long>(means.size()) / k;
    if (k != k_ || (d_ != dynamic && d != d_) || d < 1 || static_cast<long>(means.size()) != k * d)
      refuse({"found ", k, " weights and ", means.size(), " numbers as means, expected ", k_, " components",
              d_ == dynamic ? "" : " of " + std::to_string(d_) + " dimensions"});
    normal_components next(k, d, form_);
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
  sums sum_up(const observations& all, bool hard, const double* given, tensor::team& t) const {
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
  void add_block(const observations& all, long row, long count, long c, const double* r, const double* x, sums& s,
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

}  // namespace genet
