#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <string_view>
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

struct categorical_mixture_options {
  long iterations = 1000;
  double tolerance = 1e-8;  ///< ends when an iteration gains less in the mean log-likelihood
  long starts = 1;          ///< the best of so many, each from points drawn; one that collapsed only if all have
  std::uint64_t seed = 1;
  bool given = false;          ///< begins at the parameters that the model has
  double pseudo_count = .5;    ///< added to the count of each category of each column: a Dirichlet prior
  double dirichlet = 1;        ///< concentration of the prior of the weights; 1 is flat
  double smallest_weight = 0;  ///< smaller components begin anew at the unlikeliest point
  bool hard = false;           ///< each point belongs to its likeliest component alone (classification EM)
  em_steps steps = {};
};

namespace detail {

// K distributions over D columns of C categories 0 ... C - 1 each, independent within a component; sizes at run time, so
// that it is compiled once for all types. A point is a row of D * C zeros and ones, and everything is a product of matrices.
class discrete_mixture {
 public:
  long components() const { return k_; }
  /// -1 as long as only the data would know.
  long dimension() const { return d_; }
  long categories() const { return n_; }
  std::span<const double> weights() const { return weights_; }  // (K)
  long free_parameters() const { return k_ - 1 + k_ * d_ * (n_ - 1); }

  /// Fits by expectation maximisation. NaN is a missing value, which says nothing. `weights` count points and may be
  /// empty. The same bits for any team. Throws usage_error, bad_input (fewer points than components, numbers that are no
  /// category), training_error.
  em_report fit(const metrics::points& x, const categorical_mixture_options& o = {},
                std::span<const double> weights = {}, tensor::team& t = tensor::alone()) {
    check_options(o);
    discrete_mixture sized = *this;
    if (n_ == dynamic) sized.n_ = categories_of(x);
    sized.check(x);
    if (x.count() < k_) refuse({"found ", x.count(), " points, expected at least ", k_, ", one for each component"});
    const double mass = inference::total_weight(who_, weights, x.count());
    if (o.given && !is_set()) unfitted();
    em_report report = inference::best_of(o.starts, sized, [&](discrete_mixture& m, long start) {
      if (!o.given) m.begin(x, o, weights, start);
      return m.climb(x, o, weights, mass, t);
    });
    *this = std::move(sized);
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
  /// Criteria of these points, smaller is better: see gaussian_mixture.
  double aic(const metrics::points& x, tensor::team& t = tensor::alone()) const {
    return inference::aic(log_likelihood(x, t), free_parameters());
  }
  double bic(const metrics::points& x, tensor::team& t = tensor::alone()) const {
    return inference::bic(log_likelihood(x, t), free_parameters(), static_cast<double>(x.count()));
  }
  double icl(const metrics::points& x, tensor::team& t = tensor::alone()) const {
    return bic(x, t) + 2 * inference::entropy(posterior(x, t));
  }

  /// Points drawn, (count, D): a function of `seed` alone.
  std::vector<double> sample(long count, std::uint64_t seed = 1) const {
    if (!is_set()) unfitted();
    if (count < 0) errors::raise<usage_error>({who_, ": found ", count, " samples, expected 0 or more"});
    std::vector<double> out(static_cast<std::size_t>(count * d_));
    rng::uniform<double>(out, {seed, stream::sampling + 1, 0});
    rng::source s(rng::key{seed, stream::sampling, 0});
    for (long i = 0; i < count; ++i) {
      const double* p = probabilities_.data() + inference::choose(weights_, s) * d_ * n_;
      for (long j = 0; j < d_; ++j, p += n_) {
        double& value = out[static_cast<std::size_t>(i * d_ + j)];
        double rest = value;
        long category = n_ - 1;
        while (category > 0 && !(rest < p[category])) rest -= p[category--];
        value = static_cast<double>(category);
      }
    }
    return out;
  }

 protected:
  discrete_mixture(std::string_view who, long k, long d, long n) : who_(who), k_(k), d_(d), n_(n) {
    if (k < 1 || (d < 1 && d != dynamic) || (n < 1 && n != dynamic))
      errors::raise<usage_error>({who, ": found ", k, " components of ", d, " dimensions and ", n,
                                  " categories, expected at least 1"});
  }

  // Throws bad_input for other sizes, weights that do not add up to 1, and probabilities (K, D, C) that are none.
  void set_all(std::span<const double> weights, std::span<const double> probabilities, long categories) {
    const long row = static_cast<long>(probabilities.size()) / k_, d = categories < 1 ? 0 : row / categories;
    if (static_cast<long>(weights.size()) != k_ || d < 1 || (d_ != dynamic && d != d_) ||
        (n_ != dynamic && categories != n_) || static_cast<long>(probabilities.size()) != k_ * d * categories)
      refuse({"found ", weights.size(), " weights and ", probabilities.size(), " probabilities, expected ", k_, " and ", k_,
              d_ == dynamic ? " times the columns" : " * " + std::to_string(d_), " * ", categories});
    double sum = 0;
    for (const double w : weights) sum += w >= 0 ? w : std::nan("");
    if (!(std::abs(sum - 1) < 1e-6)) refuse({"expected weights not below 0 that add up to 1"});
    for (std::size_t i = 0; i < probabilities.size(); i += static_cast<std::size_t>(categories)) {
      sum = 0;
      for (const double p : probabilities.subspan(i, static_cast<std::size_t>(categories))) {
        if (!(p >= 0 && p <= 1)) refuse({"found a probability of ", std::to_string(p), ", expected 0 to 1"});
        sum += p;
      }
      if (!(std::abs(sum - 1) < 1e-6))
        refuse({"found probabilities of a column that add up to ", std::to_string(sum), ", expected 1"});
    }
    d_ = d;
    n_ = categories;
    weights_.assign(weights.begin(), weights.end());
    probabilities_.assign(probabilities.begin(), probabilities.end());
    prepare();
  }

  void write(const std::filesystem::path& path, const std::vector<long>& shape, std::span<const double> p) const {
    if (!is_set()) unfitted();
    io::tensor_file file;
    file.metadata["format"] = "genet." + std::string(who_);
    file.add("weights", {k_}, weights_);
    file.add("probabilities", shape, p);
    file.write(path);
  }
  // set(weights, probabilities, their shape) with the file's name before what it throws.
  template <class Set>
  static void read(const std::filesystem::path& path, const Set& set) {
    const auto file = io::tensor_file::read(path);
    const auto w = file.get<double>("weights"), p = file.get<double>("probabilities");
    try {
      set(w, p, file.find("probabilities")->shape);
    } catch (const bad_input& e) {
      throw bad_input(path.string() + ": " + e.what());
    }
  }

  [[noreturn]] void refuse(std::initializer_list<errors::piece> why) const {
    errors::raise<bad_input>({who_, ": ", errors::join(why)});
  }

  std::string_view who_;
  long k_, d_, n_;
  std::vector<double> weights_, probabilities_;  // (K), (K, D, C)
  std::vector<double> ones_;                     // (K, D): of category 1, where there are two

 private:
  static constexpr long chunk = 1024;
  static constexpr double least = 1e-300;  // of a probability: lest 0 times infinity be asked for

  struct sums {
    double log_likelihood = 0;
    std::vector<double> mass, counts, log_density;  // (K), (K, D, C), (points)
  };

  [[noreturn]] void unfitted() const {
    errors::raise<usage_error>({who_, ": it has no parameters yet, expected fit, set or load before"});
  }
  bool is_set() const { return !weights_.empty(); }

  void check_options(const categorical_mixture_options& o) const {
    if (o.starts < 1 || !(o.pseudo_count >= 0) || !(o.dirichlet >= 1))
      errors::raise<usage_error>({who_, ": expected at least 1 start, pseudo-counts not below 0, a Dirichlet concentration of "
                                        "at least 1"});
    if (!(o.smallest_weight >= 0 && o.smallest_weight * static_cast<double>(k_) < 1))
      errors::raise<usage_error>({who_, ": expected a smallest weight from 0 to below 1 / components"});
    inference::check(who_, o.steps);
  }

  void check(const metrics::points& x) const {
    if (d_ != dynamic && x.dimension() != d_)
      refuse({"found points of ", x.dimension(), " dimensions, expected ", d_});
    for (long i = 0; i < x.count() * x.dimension(); ++i)
      if (const double v = x[i]; !std::isnan(v) && !(v >= 0 && v < static_cast<double>(n_) && v == std::floor(v)))
        refuse({"row ", i / x.dimension(), ", column ", i % x.dimension(), ": found ", std::to_string(v),
                ", expected a whole number from 0 to ", n_ - 1, ", or NaN for a missing value"});
  }

  // One more than the largest whole number; what else there is, is refused later.
  static long categories_of(const metrics::points& x) {
    double most = 0;
    for (long i = 0; i < x.count() * x.dimension(); ++i)
      if (const double v = x[i]; v > most && v < 65536 && v == std::floor(v)) most = v;
    return static_cast<long>(most) + 1;
  }

  // Each component at a point.
  void begin(const metrics::points& x, const categorical_mixture_options& o, std::span<const double> weights, long start) {
    d_ = x.dimension();
    weights_.assign(static_cast<std::size_t>(k_), 1 / static_cast<double>(k_));
    probabilities_.assign(static_cast<std::size_t>(k_ * d_ * n_), 1 / static_cast<double>(n_));
    rng::source s(rng::key{o.seed, stream::initialisation, static_cast<std::uint64_t>(start)});
    std::vector<double> chance(weights.begin(), weights.end());
    if (chance.empty()) chance.assign(static_cast<std::size_t>(x.count()), 1.);
    for (long c = 0; c < k_; ++c) {
      const long at = inference::choose(chance, s);
      if (at < 0) break;
      chance[static_cast<std::size_t>(at)] = 0;
      move_to(x, c, at);
    }
    prepare();
  }

  // Half way between even chances and a point.
  void move_to(const metrics::points& x, long c, long at) {
    for (long j = 0; j < d_; ++j) {
      const double v = x[at * d_ + j];
      double* p = probabilities_.data() + (c * d_ + j) * n_;
      std::fill_n(p, n_, (std::isnan(v) ? 1 : .5) / static_cast<double>(n_));
      if (!std::isnan(v)) p[static_cast<long>(v)] += .5;
    }
  }

  void prepare() {
    logs_.resize(probabilities_.size());
    for (std::size_t i = 0; i < logs_.size(); ++i) logs_[i] = std::log(std::max(probabilities_[i], least));
    if (n_ != 2) return;
    ones_.resize(probabilities_.size() / 2);
    for (std::size_t i = 0; i < ones_.size(); ++i) ones_[i] = probabilities_[2 * i + 1];
  }

  em_report climb(const metrics::points& x, const categorical_mixture_options& o, std::span<const double> weights,
                  double mass, tensor::team& t) {
    sums s, running;
    long reseeded = 0;
    const bool partly = o.steps.share < 1 || o.steps.batch > 0;
    if (partly) {  // what the parameters are the maximum of
      for (const double w : weights_) running.mass.push_back(w * mass);
      for (std::size_t i = 0; i < probabilities_.size(); ++i)
        running.counts.push_back(running.mass[i / static_cast<std::size_t>(d_ * n_)] * probabilities_[i]);
    }
    const auto follow = [&](const sums& now, double share, double scale) {
      for (std::size_t i = 0; i < now.mass.size(); ++i)
        running.mass[i] += share * (scale * now.mass[i] - running.mass[i]);
      for (std::size_t i = 0; i < now.counts.size(); ++i)
        running.counts[i] += share * (scale * now.counts[i] - running.counts[i]);
      maximise(running, mass, o);
    };
    const auto expect = [&] {
      s = sum_up(x, weights, o.hard, t);
      return s.log_likelihood + log_prior(o);
    };
    em_report r;
    if (o.steps.batch > 0) {
      r = inference::stepwise_maximisation(
          who_, {o.iterations, o.tolerance}, o.steps, o.seed, x.count(), mass,
          [&](std::span<const std::uint32_t> rows, double share) {
            const auto some = inference::rows_of(x, weights, rows);
            const sums now = sum_up({some.values, d_}, some.weights, o.hard, t);
            const double part = some.weights.empty() ? static_cast<double>(rows.size())
                                                     : tensor::sum(some.weights.data(), static_cast<long>(rows.size()));
            if (part > 0) follow(now, share, mass / part);
            return now.log_likelihood;
          },
          expect);
    } else {
      r = inference::expectation_maximisation(who_, {o.iterations, o.tolerance}, mass, expect, [&] {
        if (partly) return follow(s, o.steps.share, 1), true;
        maximise(s, mass, o);
        const long now = reseeded < 3 * k_ ? begin_anew(x, weights, s, o.smallest_weight * mass) : 0;
        reseeded += now;
        return now == 0;
      });
    }
    r.reseeded = reseeded;
    for (const double w : weights_) r.collapsed = r.collapsed || w < o.smallest_weight;
    return r;
  }

  // f(first row, rows, their zeros and ones (rows, D C), log(weight * probability), then responsibilities (rows, K)).
  template <class F>
  void pass(const metrics::points& x, double* density, bool hard, tensor::team& t, const F& f) const {
    const long wide = n_ * d_, most = std::min(chunk, std::max(x.count(), 1L));
    tensor::block<double> bits(most * wide), r(most * k_), panels(tensor::pack_size<double>(wide, k_)), start(k_);
    tensor::pack(logs_.data(), wide, k_, 1, wide, panels.data());
    for (long c = 0; c < k_; ++c) start[c] = std::log(weights_[static_cast<std::size_t>(c)]);
    for (long first = 0; first < x.count(); first += chunk) {
      const long n = std::min(chunk, x.count() - first);
      t.divide(n, 64, [&](long begin, long count) {
        std::fill_n(bits.data() + begin * wide, count * wide, 0.);
        for (long i = begin; i < begin + count; ++i)
          for (long j = 0; j < d_; ++j)
            if (const double v = x[(first + i) * d_ + j]; !std::isnan(v)) bits[i * wide + j * n_ + static_cast<long>(v)] = 1;
        double* const of = r.data() + begin * k_;
        tensor::matmul<double>(count, k_, wide, bits.data() + begin * wide, wide, 1, panels.data(), of, k_, false,
                               {.bias = start.data()});
        if (hard) {
          for (long i = 0; i < count; ++i) {
            const long likeliest = std::max_element(of + i * k_, of + (i + 1) * k_) - (of + i * k_);
            density[first + begin + i] = of[i * k_ + likeliest];
            std::fill_n(of + i * k_, k_, 0.);
            of[i * k_ + likeliest] = 1;
          }
        } else {
          tensor::row_log_sum_exp(of, count, k_, density + first + begin);
          for (long i = 0; i < count; ++i)
            for (long c = 0; c < k_; ++c) of[i * k_ + c] = std::exp(of[i * k_ + c] - density[first + begin + i]);
        }
      });
      f(first, n, static_cast<const double*>(bits.data()), r.data());
    }
  }

  std::vector<double> posterior_of(const metrics::points& x, double* density, tensor::team& t) const {
    if (!is_set()) unfitted();
    check(x);
    std::vector<double> out(static_cast<std::size_t>(x.count() * k_));
    pass(x, density, false, t,
         [&](long first, long n, const double*, double* r) { std::copy_n(r, n * k_, out.data() + first * k_); });
    return out;
  }

  sums sum_up(const metrics::points& x, std::span<const double> weights, bool hard, tensor::team& t) const {
    const long wide = n_ * d_;
    sums s{0, std::vector<double>(static_cast<std::size_t>(k_)), std::vector<double>(static_cast<std::size_t>(k_ * wide)),
           std::vector<double>(static_cast<std::size_t>(x.count()))};
    tensor::block<double> panels(tensor::pack_size<double>(std::min(chunk, x.count()), wide));
    pass(x, s.log_density.data(), hard, t, [&](long first, long n, const double* bits, double* r) {
      for (long i = 0; i < n; ++i) {
        for (long c = 0; !weights.empty() && c < k_; ++c) r[i * k_ + c] *= weights[static_cast<std::size_t>(first + i)];
        tensor::add_scaled(1., r + i * k_, s.mass.data(), k_);
      }
      tensor::pack(bits, n, wide, wide, 1, panels.data(), t);
      tensor::matmul<double>(k_, wide, n, r, 1, k_, panels.data(), s.counts.data(), wide, true, {}, t);
    });
    s.log_likelihood = weights.empty() ? tensor::sum(s.log_density.data(), x.count())
                                       : tensor::dot(s.log_density.data(), weights.data(), x.count());
    return s;
  }

  void maximise(const sums& s, double mass, const categorical_mixture_options& o) {
    for (std::size_t c = 0; c < weights_.size(); ++c)
      weights_[c] = (s.mass[c] + o.dirichlet - 1) / (mass + static_cast<double>(k_) * (o.dirichlet - 1));
    const auto n = static_cast<std::size_t>(n_);
    for (std::size_t first = 0; first < probabilities_.size(); first += n) {
      double all = 0;
      for (std::size_t i = first; i < first + n; ++i) all += s.counts[i] + o.pseudo_count;
      for (std::size_t i = first; all > 0 && i < first + n; ++i) probabilities_[i] = (s.counts[i] + o.pseudo_count) / all;
    }
    prepare();
  }

  // Components below this mass begin at the points that the mixture explains worst. How many did.
  long begin_anew(const metrics::points& x, std::span<const double> weights, sums& s, double smallest) {
    long moved = 0;
    for (long c = 0; c < k_; ++c) {
      if (!(s.mass[static_cast<std::size_t>(c)] < smallest)) continue;
      long worst = -1;
      for (long i = 0; i < x.count(); ++i)
        if ((weights.empty() || weights[static_cast<std::size_t>(i)] > 0) &&
            (worst < 0 || s.log_density[static_cast<std::size_t>(i)] < s.log_density[static_cast<std::size_t>(worst)]))
          worst = i;
      s.log_density[static_cast<std::size_t>(worst)] = std::numeric_limits<double>::infinity();
      move_to(x, c, worst);
      weights_[static_cast<std::size_t>(c)] = 1 / static_cast<double>(k_);
      ++moved;
    }
    if (moved == 0) return 0;
    double sum = 0;
    for (const double w : weights_) sum += w;
    for (double& w : weights_) w /= sum;
    prepare();
    return moved;
  }

  double log_prior(const categorical_mixture_options& o) const {
    double sum = 0;
    if (o.dirichlet > 1)
      for (const double w : weights_) sum += (o.dirichlet - 1) * std::log(w);
    if (o.pseudo_count > 0)
      for (const double log_p : logs_) sum += o.pseudo_count * log_p;
    return sum;
  }

  std::vector<double> logs_;  // of the probabilities
};

}  // namespace detail

/// K distributions over D columns of so many categories 0 ... Categories - 1, each point from one of them, its columns then
/// independent: latent class analysis. K, D and Categories may be `dynamic`; the data say then how many categories there
/// are. NaN is a missing value. Lazarsfeld, Henry 1968; R: poLCA.
template <long K, long Dim = dynamic, long Categories = dynamic>
class categorical_mixture : public detail::discrete_mixture {
  static_assert((K >= 1 || K == dynamic) && (Dim >= 1 || Dim == dynamic) && (Categories >= 1 || Categories == dynamic),
                "categorical_mixture<K, D, Categories>: each has to be at least 1, or dynamic");

 public:
  /// Throws usage_error for sizes other than those of the type.
  explicit categorical_mixture(long components = K, long dimension = Dim, long categories = Categories)
      : discrete_mixture("categorical_mixture", components, dimension, categories) {
    if ((K != dynamic && components != K) || (Dim != dynamic && dimension != Dim) ||
        (Categories != dynamic && categories != Categories))
      errors::raise<usage_error>({"categorical_mixture: found ", components, " components of ", dimension, " columns and ",
                                  categories, " categories, expected those of the type"});
  }

  std::span<const double> probabilities() const { return probabilities_; }  // (K, D, Categories)
  /// Throws bad_input for other sizes, weights or probabilities of a column that do not add up to 1.
  void set(std::span<const double> weights, std::span<const double> probabilities, long categories = Categories) {
    set_all(weights, probabilities, categories == dynamic ? n_ : categories);
  }

  /// Writes weights and probabilities as safetensors, atomically. Throws io_error.
  void save(const std::filesystem::path& path) const { write(path, {k_, d_, n_}, probabilities_); }
  /// Reads them back. Throws io_error, bad_input; the model is then as it was.
  void load(const std::filesystem::path& path) {
    read(path, [&](const auto& w, const auto& p, const std::vector<long>& shape) {
      set_all(w, p, shape.size() == 3 ? shape[2] : 0);
    });
  }
};

}  // namespace genet
