#include <algorithm>

#include <genet/models/bernoulli_mixture.hpp>
#include <genet/models/factor_analysis.hpp>
#include <genet/models/gaussian_mixture.hpp>

#include "mixtures.hpp"

namespace mixtures {

using namespace genet;
using metrics::points;

namespace {

/// What all models have by the same names.
template <class Model>
class held : public fitted {
 public:
  explicit held(long components) : m_(components) {}
  std::vector<double> log_densities(const points& x, tensor::team& t) const override { return m_.log_densities(x, t); }
  void save(const std::filesystem::path& path) const override { m_.save(path); }
  long free_parameters() const override { return m_.free_parameters(); }

 protected:
  static std::vector<double> copy(std::span<const double> v) { return {v.begin(), v.end()}; }
  Model m_;
};

template <class Model>
class held_mixture : public held<Model> {
 public:
  using held<Model>::held;
  std::vector<double> posterior(const points& x, tensor::team& t) const override { return this->m_.posterior(x, t); }
  std::vector<double> weights() const override { return this->copy(this->m_.weights()); }
};

template <class Covariance>
class gaussian final : public held_mixture<gaussian_mixture<dynamic, dynamic, Covariance>> {
 public:
  using held_mixture<gaussian_mixture<dynamic, dynamic, Covariance>>::held_mixture;
  em_report fit(const points& x, const settings& s, tensor::team& t) override {
    return this->m_.fit(x,
                        {.iterations = s.iterations,
                         .tolerance = s.tolerance,
                         .start = s.begin == "random" ? mixture_start::random : mixture_start::k_means,
                         .starts = s.starts,
                         .seed = s.o.seed,
                         .variance_floor = s.floor,
                         .smallest_weight = std::min(s.smallest, .25 / static_cast<double>(this->m_.components())),
                         .steps = {.batch = s.stepwise},
                         .noise = {.weight = s.noise}},
                        {}, t);
  }
  std::vector<double> noise_posterior(const points& x, tensor::team& t) const override {
    return this->m_.noise_weight() > 0 ? this->m_.noise_posterior(x, t) : std::vector<double>();
  }
  std::vector<double> sample(long count, std::uint64_t seed) const override { return this->m_.sample(count, seed).values; }
  std::vector<double> centres() const override { return this->copy(this->m_.means()); }
  std::vector<double> covariance(long k) const override {
    const auto d = static_cast<std::size_t>(this->m_.dimension()), c = static_cast<std::size_t>(k);
    const auto all = this->m_.covariances();
    if constexpr (std::is_same_v<Covariance, full>) return this->copy(all.subspan(c * d * d, d * d));
    if constexpr (std::is_same_v<Covariance, tied>) return this->copy(all);
    std::vector<double> out(d * d);
    for (std::size_t j = 0; j < d; ++j) out[j * d + j] = std::is_same_v<Covariance, diagonal> ? all[c * d + j] : all[c];
    return out;
  }
};

template <class Model>
class discrete final : public held_mixture<Model> {
 public:
  using held_mixture<Model>::held_mixture;
  em_report fit(const points& x, const settings& s, tensor::team& t) override {
    return this->m_.fit(x,
                        {.iterations = s.iterations,
                         .tolerance = s.tolerance,
                         .starts = s.starts,
                         .seed = s.o.seed,
                         .steps = {.batch = s.stepwise}},
                        {}, t);
  }
  std::vector<double> sample(long count, std::uint64_t seed) const override { return this->m_.sample(count, seed); }
  /// Expected values.
  std::vector<double> centres() const override {
    std::vector<double> out;
    const auto p = this->m_.probabilities();
    if constexpr (std::is_same_v<Model, bernoulli_mixture<dynamic>>) return this->copy(p);
    const auto n = static_cast<std::size_t>(this->m_.categories());
    for (std::size_t i = 0; i < p.size(); ++i) {
      if (i % n == 0) out.push_back(0);
      out.back() += static_cast<double>(i % n) * p[i];
    }
    return out;
  }
};

template <class Model>
class linear final : public held<Model> {
 public:
  using held<Model>::held;
  em_report fit(const points& x, const settings& s, tensor::team& t) override {
    if constexpr (requires { this->m_.fit_closed_form(x, {}, t); }) {
      bool whole = true;
      for (long i = 0; i < x.count() * x.dimension(); ++i) whole = whole && !std::isnan(x[i]);
      if (whole) {
        this->m_.fit_closed_form(x, {}, t);
        em_report r;
        r.converged = true;
        r.log_likelihood.push_back(this->m_.log_likelihood(x, t));
        return r;
      }
    }
    return this->m_.fit(x, {.iterations = s.iterations, .tolerance = s.tolerance, .seed = s.o.seed, .variance_floor = s.floor},
                        {}, t);
  }
  std::vector<double> sample(long count, std::uint64_t seed) const override { return this->m_.sample(count, seed); }
  /// The mean, and the mean with each factor at 2.
  std::vector<double> centres() const override {
    const auto mean = this->m_.mean(), w = this->m_.loadings();
    std::vector<double> out = this->copy(mean);
    const auto l = static_cast<std::size_t>(this->m_.factors());
    for (std::size_t f = 0; f < l; ++f)
      for (std::size_t j = 0; j < mean.size(); ++j) out.push_back(mean[j] + 2 * w[j * l + f]);
    return out;
  }
};

}  // namespace

std::unique_ptr<fitted> make(const settings& s, const std::string& covariance, long k) {
  if (s.model == "bernoulli") return std::make_unique<discrete<bernoulli_mixture<dynamic>>>(k);
  if (s.model == "categorical") return std::make_unique<discrete<categorical_mixture<dynamic>>>(k);
  if (s.model == "factor") return std::make_unique<linear<factor_analysis<dynamic>>>(k);
  if (s.model == "principal") return std::make_unique<linear<probabilistic_pca<dynamic>>>(k);
  if (covariance == "full") return std::make_unique<gaussian<full>>(k);
  if (covariance == "tied") return std::make_unique<gaussian<tied>>(k);
  if (covariance == "diagonal") return std::make_unique<gaussian<diagonal>>(k);
  return std::make_unique<gaussian<spherical>>(k);
}

}  // namespace mixtures
