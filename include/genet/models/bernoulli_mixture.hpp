#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
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

struct bernoulli_mixture_options {
  long iterations = 1000;
  double tolerance = 1e-8;  ///< ends when an iteration gains less in the mean log-likelihood
  long starts = 1;          ///< the best of so many, each from points drawn
  std::uint64_t seed = 1;
  bool given = false;        ///< begins at the parameters that the model has
  double pseudo_count = .5;  ///< added to the ones and to the zeros of each column: a Beta prior
  double dirichlet = 1;      ///< concentration of the prior of the weights; 1 is flat
};

namespace detail {

// With sizes at run time: compiled once for all types.
class binary_mixture {
 public:
  long components() const { return k_; }
  /// -1 as long as only the data would know.
  long dimension() const { return d_; }
  std::span<const double> weights() const { return weights_; }              // (K)
  std::span<const double> probabilities() const { return probabilities_; }  // (K, D): of a one
  long free_parameters() const { return k_ - 1 + k_ * d_; }

  /// Throws bad_input for other sizes, weights that do not add up to 1, and probabilities that are none.
  void set(std::span<const double> weights, std::span<const double> probabilities) {
    const long d = static_cast<long>(probabilities.size()) / k_;
    if (static_cast<long>(weights.size()) != k_ || d < 1 || (d_ != dynamic && d != d_) ||
        static_cast<long>(probabilities.size()) != k_ * d)
      refuse({"found ", weights.size(), " weights and ", probabilities.size(), " probabilities, expected K and K * D, K = ", k_});
    double sum = 0;
    for (const double w : weights) sum += w >= 0 ? w : std::nan("");
    if (!(std::abs(sum - 1) < 1e-6)) refuse({"expected weights not below 0 that add up to 1"});
    for (const double p : probabilities)
      if (!(p >= 0 && p <= 1)) refuse({"found a probability of ", std::to_string(p), ", expected 0 to 1"});
    d_ = d;
    weights_.assign(weights.begin(), weights.end());
    probabilities_.assign(probabilities.begin(), probabilities.end());
    prepare();
  }

  /// Fits by expectation maximisation. NaN is a missing value, which says nothing. `weights` count points and may be
  /// empty. The same bits for any team. Throws usage_error, bad_input (fewer points than components, numbers other than
  /// 0, 1 and NaN), training_error.
  em_report fit(const metrics::points& x, const bernoulli_mixture_options& o = {}, std::span<const double> weights = {},
                tensor::team& t = tensor::alone()) {
    if (o.starts < 1 || !(o.pseudo_count >= 0) || !(o.dirichlet >= 1))
      throw usage_error("bernoulli_mixture: expected at least 1 start, pseudo-counts not below 0, a Dirichlet concentration of at least 1");
    check(x);
    if (x.count() < k_)
      refuse({"found ", x.count(), " points, expected at least ", k_, ", one for each component"});
    const double mass = inference::total_weight("bernoulli_mixture", weights, x.count());
    if (o.given && !is_set()) unfitted();
    binary_mixture best = *this;
    em_report report;
    for (long start = 0; start < o.starts; ++start) {
      binary_mixture m = *this;
      if (!o.given) m.begin(x, o, weights, start);
      sums s;
      em_report r = inference::expectation_maximisation(
          "bernoulli_mixture", {o.iterations, o.tolerance}, mass,
          [&] {
            s = m.sum_up(x, weights, t);
            return s.log_likelihood + m.log_prior(o);
          },
          [&] {
            m.maximise(s, mass, o);
            return true;
          });
      if (start > 0 && !(r.final() > report.final())) continue;
      best = std::move(m);
      report = std::move(r);
    }
    *this = std::move(best);
    return report;
  }

  /// log p(x) of each point.
  std::vector<double> log_densities(const metrics::points& x, tensor::team& t = tensor::alone()) const {
    std::vector<double> density(static_cast<std::size_t>(x.count()));
    posterior_of(x, density.data(), t);
    return density;
  }
  /// Sum of the points' log p(x), in nats.
  double log_likelihood(const metrics::points& x, tensor::team& t = tensor::alone()) const {
    const auto each = log_densities(x, t);
    return tensor::sum(each.data(), static_cast<long>(each.size()));
  }
  /// Responsibilities, (count, K).
  std::vector<double> posterior(const metrics::points& x, tensor::team& t = tensor::alone()) const {
    std::vector<double> density(static_cast<std::size_t>(x.count()));
    return posterior_of(x, density.data(), t);
  }
  double aic(const metrics::points& x) const { return inference::aic(log_likelihood(x), free_parameters()); }
  double bic(const metrics::points& x) const {
    return inference::bic(log_likelihood(x), free_parameters(), static_cast<double>(x.count()));
  }

  /// Points drawn, (count, D): a function of `seed` alone.
  std::vector<double> sample(long count, std::uint64_t seed = 1) const {
    if (!is_set()) unfitted();
    if (count < 0) errors::raise<usage_error>({"bernoulli_mixture: found ", count, " samples, expected 0 or more"});
    std::vector<double> out(static_cast<std::size_t>(count * d_));
    rng::uniform<double>(out, {seed, stream::sampling + 1, 0});
    rng::source s(rng::key{seed, stream::sampling, 0});
    for (long i = 0; i < count; ++i) {
      const double* p = probabilities_.data() + inference::choose(weights_, s) * d_;
      for (long j = 0; j < d_; ++j) out[static_cast<std::size_t>(i * d_ + j)] = out[static_cast<std::size_t>(i * d_ + j)] < p[j] ? 1. : 0.;
    }
    return out;
  }

  /// Writes weights and probabilities as safetensors, atomically. Throws io_error.
  void save(const std::filesystem::path& path) const {
    if (!is_set()) unfitted();
    io::tensor_file file;
    file.metadata["format"] = "genet.bernoulli_mixture";
    file.add("weights", {k_}, weights_);
    file.add("probabilities", {k_, d_}, probabilities_);
    file.write(path);
  }
  /// Reads them back. Throws io_error, bad_input; the model is then as it was.
  void load(const std::filesystem::path& path) {
    const auto file = io::tensor_file::read(path);
    const auto w = file.get<double>("weights"), p = file.get<double>("probabilities");
    try {
      set(w, p);
    } catch (const bad_input& e) {
      throw bad_input(path.string() + ": " + e.what());
    }
  }

 protected:
  binary_mixture(long k, long d) : k_(k), d_(d) {
    if (k < 1 || (d < 1 && d != dynamic))
      errors::raise<usage_error>({"bernoulli_mixture: found ", k, " components of ", d, " dimensions, expected at least 1"});
  }

 private:
  static constexpr long chunk = 1024;

  struct sums {
    double log_likelihood = 0;
    std::vector<double> mass, ones, known;  // (K), and (K, D) weights of the ones and of all that is known
  };

  [[noreturn]] static void refuse(std::initializer_list<errors::piece> why) {
    errors::raise<bad_input>({"bernoulli_mixture: ", errors::join(why)});
  }
  [[noreturn]] static void unfitted() {
    throw usage_error("bernoulli_mixture: it has no parameters yet, expected fit, set or load before");
  }
  bool is_set() const { return !weights_.empty(); }

  void check(const metrics::points& x) const {
    if (d_ != dynamic && x.dimension() != d_)
      refuse({"found points of ", x.dimension(), " dimensions, expected ", d_});
    for (long i = 0; i < x.count() * x.dimension(); ++i)
      if (const double v = x[i]; v != 0 && v != 1 && !std::isnan(v))
        refuse({"row ", i / x.dimension(), ", column ", i % x.dimension(), ": found ", std::to_string(v),
                ", expected 0, 1 or NaN for a missing value"});
  }

  // Each component at a point, half way to even chances.
  void begin(const metrics::points& x, const bernoulli_mixture_options& o, std::span<const double> weights, long start) {
    d_ = x.dimension();
    weights_.assign(static_cast<std::size_t>(k_), 1 / static_cast<double>(k_));
    probabilities_.assign(static_cast<std::size_t>(k_ * d_), .5);
    rng::source s(rng::key{o.seed, stream::initialisation, static_cast<std::uint64_t>(start)});
    std::vector<double> chance(weights.begin(), weights.end());
    if (chance.empty()) chance.assign(static_cast<std::size_t>(x.count()), 1.);
    for (long c = 0; c < k_; ++c) {
      const long at = inference::choose(chance, s);
      if (at < 0) break;
      chance[static_cast<std::size_t>(at)] = 0;
      for (long j = 0; j < d_; ++j)
        if (!std::isnan(x[at * d_ + j])) probabilities_[static_cast<std::size_t>(c * d_ + j)] = .25 + .5 * x[at * d_ + j];
    }
    prepare();
  }

  // log p and log (1 - p), as the right operand of products; a little off 0 and 1, lest 0 times infinity be asked for.
  void prepare() {
    logs_.resize(static_cast<std::size_t>(2 * k_ * d_));
    for (long c = 0; c < k_; ++c)
      for (long j = 0; j < d_; ++j) {
        const double p = probabilities_[static_cast<std::size_t>(c * d_ + j)];
        logs_[static_cast<std::size_t>(c * 2 * d_ + j)] = std::log(std::max(p, least));
        logs_[static_cast<std::size_t>(c * 2 * d_ + d_ + j)] = std::log(std::max(1 - p, least));
      }
  }
  static constexpr double least = 1e-300;

  // f(first row, rows, ones and zeros (rows, 2 D), log(weight * probability), then responsibilities (rows, K)).
  template <class F>
  void pass(const metrics::points& x, double* density, tensor::team& t, const F& f) const {
    const long wide = 2 * d_, most = std::min(chunk, std::max(x.count(), 1L));
    tensor::block<double> bits(most * wide), r(most * k_), panels(tensor::pack_size<double>(wide, k_)), start(k_);
    tensor::pack(logs_.data(), wide, k_, 1, wide, panels.data());
    for (long c = 0; c < k_; ++c) start[c] = std::log(weights_[static_cast<std::size_t>(c)]);
    for (long first = 0; first < x.count(); first += chunk) {
      const long n = std::min(chunk, x.count() - first);
      t.divide(n, 64, [&](long begin, long count) {
        for (long i = begin; i < begin + count; ++i)
          for (long j = 0; j < d_; ++j) {
            const double v = x[(first + i) * d_ + j];
            bits[i * wide + j] = v == 1 ? 1. : 0.;
            bits[i * wide + d_ + j] = v == 0 ? 1. : 0.;
          }
        tensor::matmul<double>(count, k_, wide, bits.data() + begin * wide, wide, 1, panels.data(),
                               r.data() + begin * k_, k_, false, {.bias = start.data()});
        tensor::row_log_sum_exp(r.data() + begin * k_, count, k_, density + first + begin);
        for (long i = begin; i < begin + count; ++i)
          for (long c = 0; c < k_; ++c) r[i * k_ + c] = std::exp(r[i * k_ + c] - density[first + i]);
      });
      f(first, n, static_cast<const double*>(bits.data()), r.data());
    }
  }

  std::vector<double> posterior_of(const metrics::points& x, double* density, tensor::team& t) const {
    if (!is_set()) unfitted();
    check(x);
    std::vector<double> out(static_cast<std::size_t>(x.count() * k_));
    pass(x, density, t, [&](long first, long n, const double*, double* r) { std::copy_n(r, n * k_, out.data() + first * k_); });
    return out;
  }

  sums sum_up(const metrics::points& x, std::span<const double> weights, tensor::team& t) const {
    const long wide = 2 * d_;
    sums s{0, std::vector<double>(static_cast<std::size_t>(k_)), {}, {}};
    std::vector<double> both(static_cast<std::size_t>(k_ * wide)), density(static_cast<std::size_t>(x.count()));
    tensor::block<double> panels(tensor::pack_size<double>(std::min(chunk, x.count()), wide));
    pass(x, density.data(), t, [&](long first, long n, const double* bits, double* r) {
      for (long i = 0; i < n; ++i) {
        for (long c = 0; !weights.empty() && c < k_; ++c) r[i * k_ + c] *= weights[static_cast<std::size_t>(first + i)];
        tensor::add_scaled(1., r + i * k_, s.mass.data(), k_);
      }
      tensor::pack(bits, n, wide, wide, 1, panels.data(), t);
      tensor::matmul<double>(k_, wide, n, r, 1, k_, panels.data(), both.data(), wide, true, {}, t);
    });
    s.log_likelihood = weights.empty() ? tensor::sum(density.data(), x.count())
                                       : tensor::dot(density.data(), weights.data(), x.count());
    for (long c = 0; c < k_; ++c) {
      const double* row = both.data() + c * wide;
      s.ones.insert(s.ones.end(), row, row + d_);
      for (long j = 0; j < d_; ++j) s.known.push_back(row[j] + row[d_ + j]);
    }
    return s;
  }

  void maximise(const sums& s, double mass, const bernoulli_mixture_options& o) {
    for (std::size_t c = 0; c < weights_.size(); ++c)
      weights_[c] = (s.mass[c] + o.dirichlet - 1) / (mass + static_cast<double>(k_) * (o.dirichlet - 1));
    for (std::size_t i = 0; i < probabilities_.size(); ++i)
      if (const double all = s.known[i] + 2 * o.pseudo_count; all > 0)
        probabilities_[i] = std::clamp((s.ones[i] + o.pseudo_count) / all, 0., 1.);
    prepare();
  }

  double log_prior(const bernoulli_mixture_options& o) const {
    double sum = 0;
    if (o.dirichlet > 1)
      for (const double w : weights_) sum += (o.dirichlet - 1) * std::log(w);
    if (o.pseudo_count > 0)
      for (const double log_p : logs_) sum += o.pseudo_count * log_p;
    return sum;
  }

  long k_, d_;
  std::vector<double> weights_, probabilities_;
  std::vector<double> logs_;  // (K, 2 D): log p, then log (1 - p)
};

}  // namespace detail

/// K distributions over D bits, each point from one of them, its bits then independent. K and D may be `dynamic`. Data
/// are 0 and 1, NaN is a missing value. Bishop: Pattern Recognition and Machine Learning, 9.3.3.
template <long K, long Dim = dynamic>
class bernoulli_mixture : public detail::binary_mixture {
  static_assert(K >= 1 || K == dynamic, "bernoulli_mixture<K, D>: K has to be at least 1, or dynamic");
  static_assert(Dim >= 1 || Dim == dynamic, "bernoulli_mixture<K, D>: D has to be at least 1, or dynamic");

 public:
  /// Throws usage_error for sizes other than those of the type.
  explicit bernoulli_mixture(long components = K, long dimension = Dim) : binary_mixture(components, dimension) {
    if ((K != dynamic && components != K) || (Dim != dynamic && dimension != Dim))
      errors::raise<usage_error>({"bernoulli_mixture: found ", components, " components of ", dimension,
                                  " dimensions, expected those of the type"});
  }
};

}  // namespace genet
