#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "../data/examples.hpp"
#include "../inference/hamiltonian.hpp"
#include "../train/elbo.hpp"
#include "vae.hpp"

namespace genet::inline GENET_ISA {

/// How chains walk over the codes of a vae's examples.
struct latent_chains {
  long chains = 4;                ///< of each example
  long warmup = 100;              ///< iterations that find step sizes and scales, not kept
  long iterations = 100;          ///< kept, of each chain
  double integration_time = 1.6;  ///< in units of the posterior's scales: a quarter period of a normal one is pi / 2
  long leapfrog_steps = 10;       ///< at most, of an iteration; chains that need more go less far
  double target_acceptance = 0.8;
  std::uint64_t seed = 1;
  double variance = 1;            ///< of a gaussian likelihood with fixed_variance
};

/// What chains over codes drew.
struct latent_draws {
  long examples = 0, latent = 0, chains = 0, iterations = 0;
  std::vector<double> values{};          ///< (examples, latent, chains, iterations)
  std::vector<double> log_likelihood{};  ///< log p(x|z) of the observed elements, (examples, chains, iterations)
  std::vector<double> acceptance{};      ///< after warm-up, (examples, chains)
  std::vector<double> step_size{};       ///< as warm-up left it, (examples, chains)

  /// All draws of one number of an example's code, for diagnostics (inference/diagnostics.hpp).
  inference::chain_draws of(long example, long number) const {
    if (example < 0 || example >= examples || number < 0 || number >= latent)
      errors::raise<usage_error>(
          {"latent_draws: found number ", number, " of example ", example, ", there are ", latent, " of ", examples});
    const auto n = static_cast<std::size_t>(chains * iterations);
    return {std::span(values).subspan(static_cast<std::size_t>(example * latent + number) * n, n),
            static_cast<int>(chains)};
  }
  inference::quantity_summary summary(long example, long number) const {
    return inference::summarise(of(example, number));
  }
};

namespace latent {

/// log p(x|z) of rows of codes, without the types of the nets behind it: chains are compiled once.
class code_likelihood {
 public:
  virtual ~code_likelihood() = default;
  /// Values (rows) and gradients (rows, latent) at codes (rows, latent).
  virtual void at(const double* z, double* values, double* gradients) = 0;

  long rows() const { return rows_; }
  long size() const { return size_; }

 protected:
  explicit code_likelihood(long size) : size_(size) {}
  long rows_ = 0;

 private:
  long size_;
};

/// Purposes of random numbers.
enum purpose : std::uint32_t { momenta, acceptance, length, start, noise, purposes };
/// Chains that random numbers are for.
enum kind : std::uint32_t { posterior, pilot, annealed, reversed };
constexpr std::uint32_t stream_of(kind k, purpose p) {
  return stream::latent_chains + std::uint32_t{k} * std::uint32_t{purposes} + p;
}

/// Hamiltonian chains side by side, one a row, whose steps are taken together: each leapfrog step is one pass of the
/// decoder for all of them. Their target is N(z; 0, 1) p(x|z)^beta. Random numbers are a function of seed, kind of
/// chain, iteration and row, counted from `first_row`.
class lockstep {
 public:
  template <class Options>
  lockstep(code_likelihood& l, const Options& o, kind of, long first_row)
      : likelihood_(&l),
        time_(o.integration_time),
        most_steps_(o.leapfrog_steps),
        target_(o.target_acceptance),
        rows_(l.rows()),
        size_(l.size()),
        seed_(o.seed),
        kind_(of),
        first_row_(first_row) {
    for (auto* of_rows : {&values, &accepted, &used_, &before_, &uniform_}) of_rows->resize(rows());
    for (auto* of_numbers : {&z, &gradients_, &momenta_}) of_numbers->resize(numbers());
    steps.assign(rows(), 0.5);
    scales.assign(numbers(), 1);
  }

  std::vector<double> z{};         ///< (rows, latent)
  std::vector<double> values{};    ///< log p(x|z), (rows)
  std::vector<double> scales{};    ///< variances that the kinetic energy takes the target to have, (rows, latent)
  std::vector<double> steps{};     ///< at most, (rows)
  std::vector<double> accepted{};  ///< (rows)

  std::size_t rows() const { return static_cast<std::size_t>(rows_); }
  std::size_t numbers() const { return static_cast<std::size_t>(rows_ * size_); }

  /// After `z` was set.
  void look() { likelihood_->at(z.data(), values.data(), gradients_.data()); }

  /// One transition of each chain: fresh momenta, leapfrog steps, and the end is taken or not. All go through about the
  /// same time, a fifth more or less so that no period is met again and again, in as many steps as the chain with the
  /// smallest ones needs. `accepted` are the probabilities that ends are taken.
  void move(double beta, long iteration) {
    const auto at = static_cast<std::uint64_t>(iteration);
    const auto row = static_cast<std::uint64_t>(first_row_), size = static_cast<std::uint64_t>(size_);
    rng::normal<double>(momenta_, {seed_, stream_of(kind_, momenta), at}, row * size);
    rng::uniform<double>(uniform_, {seed_, stream_of(kind_, acceptance), at}, row);
    double u[1];
    rng::uniform<double>(u, {seed_, stream_of(kind_, length), at});
    const double time = time_ * (0.8 + 0.4 * u[0]);
    const double needed = std::ceil(time / *std::ranges::min_element(steps));
    const long n = static_cast<long>(std::clamp(needed, 1., static_cast<double>(most_steps_)));
    for (std::size_t r = 0; r < rows(); ++r) used_[r] = std::min(steps[r], time / static_cast<double>(n));

    for (std::size_t i = 0; i < numbers(); ++i) momenta_[i] /= std::sqrt(scales[i]);
    for (long r = 0; r < rows_; ++r) before_[static_cast<std::size_t>(r)] = energy(r, beta);
    old_z_ = z;
    old_values_ = values;
    old_gradients_ = gradients_;
    kick(0.5, beta);
    for (long s = 1; s <= n; ++s) {
      for (long r = 0; r < rows_; ++r) {
        const double e = used_[static_cast<std::size_t>(r)];
        for (auto i = static_cast<std::size_t>(r * size_), end = i + static_cast<std::size_t>(size_); i < end; ++i)
          z[i] += e * scales[i] * momenta_[i];
      }
      look();
      kick(s < n ? 1 : 0.5, beta);
    }
    for (long r = 0; r < rows_; ++r) {
      const auto k = static_cast<std::size_t>(r);
      const double error = energy(r, beta) - before_[k];  // not a number where the decoder overflowed
      accepted[k] = std::isnan(error) ? 0 : std::min(1., std::exp(-error));
      if (uniform_[k] < accepted[k]) continue;
      const long first = r * size_;
      std::copy_n(old_z_.begin() + first, size_, z.begin() + first);
      std::copy_n(old_gradients_.begin() + first, size_, gradients_.begin() + first);
      values[k] = old_values_[k];
    }
  }

  /// What the last transition says to the size of a row's steps: they need not be longer than the time that there is.
  double verdict(std::size_t r) const {
    return used_[r] < steps[r] ? std::min(accepted[r], target_) : accepted[r];
  }

 private:
  void kick(double share, double beta) {
    for (long r = 0; r < rows_; ++r) {
      const double e = share * used_[static_cast<std::size_t>(r)];
      for (auto i = static_cast<std::size_t>(r * size_), end = i + static_cast<std::size_t>(size_); i < end; ++i)
        momenta_[i] += e * (beta * gradients_[i] - z[i]);
    }
  }
  double energy(long r, double beta) const {
    double sum = 0;
    for (auto i = static_cast<std::size_t>(r * size_), end = i + static_cast<std::size_t>(size_); i < end; ++i)
      sum += z[i] * z[i] + scales[i] * momenta_[i] * momenta_[i];
    return sum / 2 - beta * values[static_cast<std::size_t>(r)];
  }

  code_likelihood* likelihood_;
  double time_;
  long most_steps_;
  double target_;
  long rows_, size_;
  std::uint64_t seed_;
  kind kind_;
  long first_row_;
  std::vector<double> gradients_{}, momenta_{}, used_{}, before_{}, uniform_{}, old_z_{}, old_values_{},
      old_gradients_{};
};

/// p(x|z) of a block of examples, `chains` rows for each. NaN in x is not observed: such elements are left out.
template <is_net Encoder, is_net Decoder, class Likelihood, class T>
class decoded final : public code_likelihood {
  using declaration = vae<Encoder, Decoder, Likelihood>;
  static constexpr long features = declaration::input_shape.size(), numbers = declaration::latent_shape.size();
  static constexpr std::size_t n_sources = declaration::conditional ? 2 : 1;

 public:
  using trained = model<declaration, T>;

  /// Room for blocks of `most` examples. Throws bad_input for examples that the model does not take.
  decoded(const char* who, const trained& m, const data::examples& x, long most, long chains, double variance,
          tensor::team& team)
      : code_likelihood(numbers),
        model_(&m),
        examples_(&x),
        chains_(chains),
        likelihood_(bound::likelihood_with<Likelihood>(variance)),
        team_(&team),
        encoder_(most * chains, team),
        decoder_(most * chains, team),
        codes_(most * chains * numbers),
        targets_(most * features),
        where_(static_cast<std::size_t>(most * features)),
        observed_(static_cast<std::size_t>(most)),
        labels_(static_cast<std::size_t>(declaration::conditional ? most * chains : 0)) {
    if (x.count < 1) errors::raise<bad_input>({who, ": there are no examples"});
    if (x.features != features)
      errors::raise<bad_input>({who, ": the examples have ", x.features, " features, the model takes ", features});
    if (declaration::conditional) generation::rows_of<Encoder>(who, x.x.size(), x.labels);
    for (const float v : x.x)
      if (std::isinf(v)) errors::raise<bad_input>({who, ": found an infinite number in the examples"});
    if constexpr (learns_variance<Likelihood>) log_variance_ = m.get("likelihood.log_variance");
    if constexpr (per_element)
      if (std::ranges::any_of(x.x, [](float v) { return std::isnan(v); }))
        log_variances_ = tensor::block<T>(most * features);
  }

  /// Turns to examples `first` and on.
  void take(long first, long count) {
    first_ = first;
    rows_ = count * chains_;
    for (long i = 0; i < count; ++i) {
      const auto x = examples_->row(first + i);
      long n = 0;
      for (long j = 0; j < features; ++j) {
        const float v = x[static_cast<std::size_t>(j)];
        if (std::isnan(v)) continue;
        if constexpr (per_element)
          if (log_variances_.size() > 0)
            log_variances_[i * features + n] = log_variance_[static_cast<std::size_t>(j)];
        targets_[i * features + n] = static_cast<T>(v);
        where_[static_cast<std::size_t>(i * features + n++)] = static_cast<std::int32_t>(j);
      }
      observed_[static_cast<std::size_t>(i)] = n;
      if (declaration::conditional)
        std::fill_n(labels_.begin() + i * chains_, chains_, examples_->labels[static_cast<std::size_t>(first + i)]);
    }
  }

  /// Codes to begin at, drawn from q(z|x), and its variances. What is not observed is filled, again and again, with
  /// what the decoder makes of such codes (Rezende, Mohamed & Wierstra 2014, appendix F).
  void begin(double* z, double* variances, const rng::key& noise) {
    const long all_numbers = rows() * numbers;
    const auto all = std::span(observed_).first(static_cast<std::size_t>(rows() / chains_));
    const bool complete = std::ranges::all_of(all, [](long n) { return n == features; });
    const int rounds = complete ? 1 : 10;
    std::vector<T> x(static_cast<std::size_t>(rows() * features));
    std::fill_n(codes_.data(), all_numbers, T(0));
    for (int round = 0; round < rounds; ++round) {
      if (!complete) {
        forward(decoder_, model_->template part<"decoder">(), codes_.data());
        show(x.data());
      }
      for (long r = 0; r < rows(); ++r) {
        const long at = r / chains_ * features;
        for (long k = 0; k < observed_[static_cast<std::size_t>(r / chains_)]; ++k)
          x[static_cast<std::size_t>(r * features + where_[static_cast<std::size_t>(at + k)])] = targets_[at + k];
      }
      forward(encoder_, model_->template part<"encoder">(), x.data());
      const auto mean = encoder_.output(0), log_variance = encoder_.output(1);
      rng::key of_round = noise;
      of_round.step = static_cast<std::uint64_t>(round);
      rng::normal<double>({z, static_cast<std::size_t>(all_numbers)}, of_round,
                          static_cast<std::uint64_t>(first_ * chains_ * numbers));
      for (long i = 0; i < all_numbers; ++i) {
        const auto k = static_cast<std::size_t>(i);
        variances[i] = std::clamp(std::exp(static_cast<double>(log_variance[k])), 1e-8, 1e4);
        z[i] = static_cast<double>(mean[k]) + std::sqrt(variances[i]) * z[i];
        codes_[i] = static_cast<T>(z[i]);
      }
    }
  }

  void at(const double* z, double* values, double* gradients) override {
    decode(z);
    const auto output = decoder_.output();
    const auto gradient = decoder_.output_gradient();
    team_->divide(rows(), 1, [&](long first, long count) {
      for (long r = first; r < first + count; ++r)
        values[r] = -look(r / chains_, output.data() + r * features, gradient.data() + r * features);
    });
    decoder_.backward(model_->template part<"decoder">());
    const auto slopes = decoder_.input_gradient(0);
    for (long i = 0; i < rows() * numbers; ++i)
      gradients[i] = -static_cast<double>(slopes[static_cast<std::size_t>(i)]);
  }

  /// Means of p(x|z), (rows, features).
  void means(const double* z, T* x) {
    decode(z);
    show(x);
  }
  /// Draws from p(x|z), (rows, features).
  void sample(const double* z, const rng::key& noise, T* x) {
    decode(z);
    const std::span to(x, static_cast<std::size_t>(rows() * features));
    const auto from = static_cast<std::uint64_t>(first_ * chains_ * features);
    if (Likelihood::noise == draws::uniform) rng::uniform(to, noise, from);
    else rng::normal(to, noise, from);
    likelihood_sample(likelihood_, decoder_.output().data(), x, x, rows(), features, log_variance_.data());
  }

 private:
  static constexpr bool per_element = [] {
    if constexpr (learns_variance<Likelihood>) return Likelihood::log_variances(2) == 2;
    return false;
  }();

  void decode(const double* z) {
    for (long i = 0; i < rows() * numbers; ++i) codes_[i] = static_cast<T>(z[i]);
    forward(decoder_, model_->template part<"decoder">(), codes_.data());
  }
  void show(T* x) const { likelihood_mean(likelihood_, decoder_.output().data(), x, rows() * features); }

  template <class Session>
  void forward(Session& s, const weights<T>& w, const T* x) {
    const void* const sources[] = {x, labels_.data()};
    s.forward(w, std::span(sources, n_sources), rows());
  }

  // -log p of what is observed of example `i` of the block, given a row of the decoder's output. Where a part is
  // missing the observed elements stand side by side in the row of the gradient meanwhile.
  double look(long i, const T* output, T* gradient) const {
    const long n = observed_[static_cast<std::size_t>(i)];
    const std::int32_t* const where = where_.data() + i * features;
    if (n == 0) {
      std::fill_n(gradient, features, T(0));
      return 0;
    }
    likelihood_arguments<T> a{.output = output, .target = targets_.data() + i * features, .rows = 1, .elements = n};
    a.log_variance = log_variance_.data();
    a.output_gradient = gradient;
    if (n < features) {
      for (long k = 0; k < n; ++k) gradient[k] = output[where[k]];
      a.output = gradient;
      if (per_element) a.log_variance = log_variances_.data() + i * features;
    }
    const double value = negative_log_likelihood(likelihood_, a);
    if (n < features) {
      long k = n - 1;
      for (long j = features - 1; j >= 0; --j) {
        const bool here = k >= 0 && where[k] == j;
        gradient[j] = here ? gradient[k] : T(0);
        k -= here;
      }
    }
    return value;
  }

  const trained* model_;
  const data::examples* examples_;
  long first_ = 0, chains_;
  Likelihood likelihood_;
  tensor::team* team_;
  session<Encoder, T, capability::forward> encoder_;
  session<Decoder, T, capability::input_gradient> decoder_;
  tensor::block<T> codes_, targets_, log_variances_;  // of examples, what is observed in front; (most, features)
  std::vector<std::int32_t> where_;                   // the elements that are observed
  std::vector<long> observed_;                        // how many
  std::vector<std::int32_t> labels_;
  std::vector<T> log_variance_;
};

/// Calls f(block, first example) for blocks of examples, so many that a pass of the decoder is worth while.
template <is_net Encoder, is_net Decoder, class Likelihood, class T, class F>
void in_blocks(const char* who, const model<vae<Encoder, Decoder, Likelihood>, T>& m, const data::examples& x,
               long chains, double variance, tensor::team& team, const F& f) {
  constexpr long rows_at_once = 512;
  const long most = std::clamp(rows_at_once / chains, 1L, std::max(x.count, 1L));
  decoded<Encoder, Decoder, Likelihood, T> block(who, m, x, most, chains, variance, team);
  for (long first = 0; first < x.count; first += most) {
    block.take(first, std::min(most, x.count - first));
    f(block, first);
  }
}

/// Of options of chains, which have so many transitions.
template <class Options>
void check(const char* who, const Options& o, long length_of_chains) {
  if (o.chains < 1 || length_of_chains < 1 || o.leapfrog_steps < 1)
    errors::raise<usage_error>({who, ": found ", o.chains, " chains of ", length_of_chains, " transitions of at most ",
                                o.leapfrog_steps, " leapfrog steps, expected at least 1 of each"});
  if (!(o.target_acceptance > 0 && o.target_acceptance < 1))
    errors::raise<usage_error>({who, ": target_acceptance must lie between 0 and 1"});
  if (!(o.integration_time > 0) || std::isinf(o.integration_time))
    errors::raise<usage_error>({who, ": expected an integration_time above 0"});
}

/// Chains of one block: warm-up finds a step size for each chain by dual averaging, and for each example scales, from
/// what its chains did in the middle half of it. f(iteration) after each one that counts.
template <class F>
void walk(lockstep& all, const latent_chains& o, const F& f) {
  const std::size_t size = all.numbers() / all.rows(), chains = static_cast<std::size_t>(o.chains);
  std::vector<inference::detail::dual_averaging> averaging(all.rows());
  const auto restart = [&] {
    for (auto& a : averaging) a.restart(0.1);  // towards 1: scales are about right
  };
  restart();
  const bool learns_scales = o.warmup >= 20;
  const long begin = o.warmup / 4, end = o.warmup * 3 / 4;
  const std::vector<double> around = all.z;
  std::vector<double> sums(all.numbers()), squares(all.numbers());
  for (long i = 0; i < o.warmup + o.iterations; ++i) {
    all.move(1, i);
    if (i >= o.warmup) {
      f(i - o.warmup);
      continue;
    }
    for (std::size_t r = 0; r < all.rows(); ++r)
      all.steps[r] = i + 1 < o.warmup ? averaging[r].learn(all.verdict(r), o.target_acceptance) : averaging[r].learnt();
    if (!learns_scales || i < begin || i >= end) continue;
    for (std::size_t k = 0; k < all.numbers(); ++k) {
      const double d = all.z[k] - around[k];
      sums[k] += d;
      squares[k] += d * d;
    }
    if (i + 1 < end) continue;
    const double n = static_cast<double>(end - begin), seen = n * static_cast<double>(chains);
    for (std::size_t r = 0; r < all.rows(); r += chains)
      for (std::size_t k = r * size; k < (r + 1) * size; ++k) {
        double within = 0;
        for (std::size_t c = 0; c < chains; ++c)
          within += squares[k + c * size] - sums[k + c * size] * sums[k + c * size] / n;
        for (std::size_t c = 0; c < chains; ++c) {  // as if the encoder's had been seen five times
          double& scale = all.scales[k + c * size];
          scale = (within + 5 * scale) / (seen + 5);
        }
      }
    restart();
  }
}

/// After the codes of a block were set. bad_input where the decoder gives no finite likelihood.
inline void look(const char* who, lockstep& all, long first, long chains) {
  all.look();
  for (std::size_t r = 0; r < all.rows(); ++r)
    if (!std::isfinite(all.values[r]))
      errors::raise<bad_input>({who, ": log p(x|z) of example ", first + static_cast<long>(r) / chains,
                                " is not finite where its chains begin"});
}

/// Chains of a block at codes that the encoder finds likely.
template <class Block>
lockstep begun(const char* who, Block& block, long first, const latent_chains& o) {
  lockstep all(block, o, posterior, first * o.chains);
  block.begin(all.z.data(), all.scales.data(), {o.seed, stream_of(posterior, start), 0});
  look(who, all, first, o.chains);
  return all;
}

}  // namespace latent

/// Draws from p(z|x) of a trained vae, given what is observed of x: NaN in the examples is missing. Hamiltonian Monte
/// Carlo (Neal 2011) for all examples at once: chains of many of them take their leapfrog steps together, in one pass
/// of the decoder, from codes that the encoder proposes and with its variances as first scales. A step size for each
/// chain and scales for each example are learned in warm-up. Evaluation mode. Any vae: with labels, those of the
/// examples are given. The draws are the same bits for any number of threads.
///
/// Throws usage_error for options out of range, bad_input for examples that the model does not take.
template <is_net Encoder, is_net Decoder, class Likelihood, class T>
latent_draws posterior_codes(const model<vae<Encoder, Decoder, Likelihood>, T>& m, const data::examples& x,
                             const latent_chains& o = {}, tensor::team& team = tensor::alone()) {
  latent::check("posterior_codes", o, o.iterations);
  latent_draws d{x.count, vae<Encoder, Decoder, Likelihood>::latent_shape.size(), o.chains, o.iterations};
  d.values.resize(static_cast<std::size_t>(d.examples * d.latent * d.chains * d.iterations));
  d.log_likelihood.resize(static_cast<std::size_t>(d.examples * d.chains * d.iterations));
  latent::in_blocks("posterior_codes", m, x, o.chains, o.variance, team, [&](auto& block, long first) {
    latent::lockstep all = latent::begun("posterior_codes", block, first, o);
    std::vector<double> accepted(all.rows());
    latent::walk(all, o, [&](long iteration) {
      auto z = all.z.begin();
      for (std::size_t r = 0; r < all.rows(); ++r) {
        const long row = static_cast<long>(r), example = first + row / d.chains, chain = row % d.chains;
        const auto place = [&](long of) {
          return static_cast<std::size_t>((of * d.chains + chain) * d.iterations + iteration);
        };
        for (long k = 0; k < d.latent; ++k) d.values[place(example * d.latent + k)] = *z++;
        d.log_likelihood[place(example)] = all.values[r];
        accepted[r] += all.accepted[r] / static_cast<double>(o.iterations);
      }
    });
    d.acceptance.insert(d.acceptance.end(), accepted.begin(), accepted.end());
    d.step_size.insert(d.step_size.end(), all.steps.begin(), all.steps.end());
  });
  return d;
}

}  // namespace genet
