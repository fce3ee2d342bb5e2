#pragma once
#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../data/examples.hpp"
#include "../train/iwae.hpp"
#include "vae.hpp"

namespace genet::inline GENET_ISA {

/// What `importance_bound` estimates.
struct likelihood_estimate {
  std::vector<double> per_example{};  ///< log p(x), nats
  double nats = 0;                    ///< their mean
  double standard_error = 0;          ///< of the mean, by the spread of the examples
  double bits_per_dimension = 0;      ///< -log2 p(x) per element of x
};

namespace bound {

/// Log of a mean of exponentials that come one by one.
class running_log_mean {
 public:
  void add(double l) {
    if (l > top_) {
      sum_ = sum_ * std::exp(top_ - l) + 1;
      top_ = l;
    } else {
      sum_ += std::exp(l - top_);
    }
    ++count_;
  }
  double value() const { return top_ + std::log(sum_ / static_cast<double>(count_)); }

 private:
  double top_ = -std::numeric_limits<double>::infinity(), sum_ = 0;  // of the exponentials, as parts of the largest
  long count_ = 0;
};

/// Codes `first` and on of one example, drawn from its posterior into the rows of z.
template <class T>
void draw_codes(std::span<T> z, std::span<const T> mean, std::span<const T> log_variance, const rng::key& key,
                long first) {
  const std::size_t latent = mean.size();
  rng::normal(z, key, static_cast<std::uint64_t>(first) * latent);
  for (std::size_t k = 0; k < latent; ++k) {
    const T deviation = std::exp(T(0.5) * log_variance[k]);
    for (std::size_t at = k; at < z.size(); at += latent) z[at] = mean[k] + deviation * z[at];
  }
}

/// An estimate by its values for single examples of so many elements.
inline likelihood_estimate estimated(std::vector<double> per_example, double elements) {
  likelihood_estimate e{.per_example = std::move(per_example)};
  const double n = static_cast<double>(e.per_example.size());
  for (double l : e.per_example) e.nats += l / n;
  double squares = 0;
  for (double l : e.per_example) squares += (l - e.nats) * (l - e.nats);
  e.standard_error = n > 1 ? std::sqrt(squares / (n - 1) / n) : 0;
  e.bits_per_dimension = -e.nats / (elements * std::log(2.0));
  return e;
}

}  // namespace bound

/// log p(x) of a VAE by importance sampling: for each example the log of the mean of p(x|z) p(z) / q(z|x) over `k` codes
/// drawn from q(z|x). In expectation a lower bound that does not fall with k and converges to log p(x) (Burda, Grosse &
/// Salakhutdinov 2016, theorem 1); k = 1 is the ELBO with its divergence sampled. Evaluation mode. The codes are a
/// function of `from`, the example and their number, so that those for a larger k go on where a smaller one ends.
/// `variance` is that of a gaussian likelihood with fixed_variance.
///
/// With bernoulli and grey targets this is no log-density, as the likelihood lacks its normaliser; continuous_bernoulli
/// has it. Throws usage_error for k < 1, bad_input for examples that the model does not take.
template <is_net Encoder, is_net Decoder, class Likelihood, class T>
likelihood_estimate importance_bound(const model<vae<Encoder, Decoder, Likelihood>, T>& m,
                                     const data::examples& examples, long k, seed from = {0},
                                     tensor::team& team = tensor::alone(), double variance = 1) {
  using declaration = vae<Encoder, Decoder, Likelihood>;
  constexpr long features = Encoder::net_type::input_shape.size(), latent = declaration::latent_shape.size();
  constexpr long most_rows = 512, at_once = 128;
  if (k < 1) throw usage_error("importance_bound: k must be at least 1, got " + std::to_string(k));
  if (examples.count < 1) throw bad_input("importance_bound: there are no examples");
  if (examples.features != features)
    throw bad_input("importance_bound: the examples have " + std::to_string(examples.features) +
                    " features, the model takes " + std::to_string(features));
  if (declaration::conditional && static_cast<long>(examples.labels.size()) != examples.count)
    throw bad_input("importance_bound: the model takes labels, " + std::to_string(examples.count) + " examples have " +
                    std::to_string(examples.labels.size()));

  const auto likelihood = bound::likelihood_with<Likelihood>(variance);
  const long capacity = std::min(most_rows, std::min(at_once, examples.count) * k);
  session<Decoder, T, capability::forward> decoder(capacity, team);
  tensor::block<T> z(capacity * latent), target(capacity * features);
  std::vector<std::int32_t> labels(static_cast<std::size_t>(declaration::conditional ? capacity : 0));
  std::vector<double> values(static_cast<std::size_t>(capacity));
  std::vector<T> log_variance;
  if constexpr (learns_variance<Likelihood>) log_variance = m.get("likelihood.log_variance");

  std::vector<bound::running_log_mean> estimates(static_cast<std::size_t>(examples.count));

  for (long block = 0; block < examples.count; block += at_once) {
    const long count = std::min(at_once, examples.count - block);
    const auto begin = examples.x.begin() + block * features;
    const std::vector<T> x(begin, begin + count * features);
    const auto q = [&] {
      if constexpr (declaration::conditional)
        return m.encode(x, std::span(examples.labels).subspan(static_cast<std::size_t>(block),
                                                               static_cast<std::size_t>(count)));
      else return m.encode(x);
    }();
    for (long first = 0; first < count * k; first += capacity) {  // pairs of an example and a code
      const long rows = std::min(capacity, count * k - first);
      for (long r = 0; r < rows;) {
        const long i = (first + r) / k, code = (first + r) % k, run = std::min(rows - r, k - code);
        // beside the stream of codes from the prior
        bound::draw_codes(std::span<T>(z.data() + r * latent, static_cast<std::size_t>(run * latent)), q.mean[i],
                          q.log_variance[i],
                          rng::key{from.value, stream::sampling + 1, static_cast<std::uint64_t>(block + i)}, code);
        for (long n = 0; n < run; ++n, ++r) {
          std::copy_n(x.data() + i * features, features, target.data() + r * features);
          if (declaration::conditional)
            labels[static_cast<std::size_t>(r)] = examples.labels[static_cast<std::size_t>(block + i)];
        }
      }
      const void* const sources[] = {z.data(), labels.data()};
      decoder.forward(m.template part<"decoder">(), std::span(sources, declaration::conditional ? 2 : 1), rows);
      likelihood_arguments<T> a{
          .output = decoder.output().data(), .target = target.data(), .rows = rows, .elements = features};
      a.log_variance = log_variance.data();
      a.per_example = values.data();
      negative_log_likelihood(likelihood, a, team);
      for (long r = 0; r < rows; ++r) {
        const long i = (first + r) / k;
        estimates[static_cast<std::size_t>(block + i)].add(
            bound::log_prior_over_posterior(z.data() + r * latent, q.mean[i].data(), q.log_variance[i].data(), latent) -
            values[static_cast<std::size_t>(r)]);
      }
    }
  }

  std::vector<double> found;
  for (const auto& estimate : estimates) found.push_back(estimate.value());
  return bound::estimated(std::move(found), static_cast<double>(features));
}

}  // namespace genet
