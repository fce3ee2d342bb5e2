#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "elbo.hpp"

namespace genet::inline GENET_ISA {

namespace bound {

/// log p(z) - log q(z|x) of one code z of `latent` numbers, where q is normal about `mean`: the normalisers of both
/// densities are the same.
template <class T>
double log_prior_over_posterior(const T* z, const T* mean, const T* log_variance, long latent) {
  const auto formula = [](auto z_, auto m, auto s) {
    const auto d = z_ - m;
    return loss_detail::lanes<T, 1>{0.5 * (s + d * d * exp(-s) - z_ * z_)};
  };
  return loss_detail::element_sum(formula, latent, std::array<loss_detail::into<T>, 0>{}, 1, z, mean, log_variance);
}

/// Log of the mean of the exponentials, which may be anywhere in the range of a double; they become their shares of the
/// sum.
inline double log_mean_exp(std::span<double> logs) {
  const double top = *std::max_element(logs.begin(), logs.end());
  double sum = 0;
  for (double& l : logs) sum += l = std::exp(l - top);
  for (double& l : logs) l /= sum;
  return top + std::log(sum / static_cast<double>(logs.size()));
}

}  // namespace bound

/// The negative importance weighted bound of a VAE, in nats per example: -log of the mean of `samples` weights
/// w = p(x|z) p(z) / q(z|x) with z drawn from q(z|x) (Burda, Grosse & Salakhutdinov 2016, equation 8). One sample is
/// the ELBO with its divergence sampled too; more are nearer to log p(x). Gradients go through the weights, equation 13:
/// each sample counts by its share in the sum. The trainer passes each example `samples` times, so that a batch has so
/// many rows.
///
/// Reported beside it: the negative ELBO of the same samples, and how many samples count, 1 / sum of squared shares.
struct iwae {
  long samples = 5;
  double variance = 1;  ///< of a gaussian likelihood with fixed_variance

  static constexpr std::array<std::string_view, 2> terms{"negative_elbo", "effective_samples"};
  template <class Vae>
  using runs = typename Vae::coded;

  std::vector<std::pair<std::string_view, double>> options() const {
    return {{"samples", static_cast<double>(samples)}, {"variance", variance}};
  }
  long copies() const {
    if (samples < 1) throw usage_error("iwae: samples must be at least 1, got " + std::to_string(samples));
    return samples;
  }

  template <class Vae, class Session, class T>
  measured<2> measure(Session& s, const example_batch<T>& b, const training_progress&, double weight) const {
    constexpr bool gradients = Session::can != capability::forward;
    constexpr long latent = Vae::latent_shape.size();
    enum output : int { reconstruction, mean, log_variance, code, observation };
    const T *z = s.output(code).data(), *m = s.output(mean).data(), *v = s.output(log_variance).data();
    const auto rows = static_cast<std::size_t>(b.rows), k = static_cast<std::size_t>(samples);
    const double examples = static_cast<double>(b.rows / samples);

    const auto likelihood = bound::likelihood_with<typename Vae::likelihood>(variance);
    auto a = bound::reconstruction<Vae>(s, b, observation);
    auto values = a;
    values.output_gradient = values.log_variance_gradient = nullptr;
    values.per_example = b.scratch;
    negative_log_likelihood(likelihood, values, s.team());

    measured<2> result;
    const std::span<double> weights(b.scratch, rows);  // first the logarithms, then the shares
    for (std::size_t first = 0; first < rows; first += k) {
      const auto own = weights.subspan(first, k);
      double sum = 0, squares = 0;
      for (std::size_t i = 0; i < k; ++i) {
        const long at = static_cast<long>(first + i) * latent;
        own[i] = bound::log_prior_over_posterior(z + at, m + at, v + at, latent) - own[i];
        sum += own[i];
      }
      result.loss -= bound::log_mean_exp(own) / examples;
      for (double share : own) squares += share * share;
      result.terms[0] -= sum / (static_cast<double>(samples) * examples);
      result.terms[1] += 1 / (squares * examples);
    }

    if constexpr (gradients) {
      a.scale = weight * static_cast<double>(samples);  // of a mean over all rows
      a.example_scale = weights.data();
      a.per_example = b.scratch + b.rows;
      negative_log_likelihood(likelihood, a, s.team());
      // Of log q(z|x) at a fixed standard normal only the variance is left; z reaches mean and variance by itself.
      T *dz = s.output_gradient(code).data(), *dm = s.output_gradient(mean).data(),
        *dv = s.output_gradient(log_variance).data();
      for (std::size_t r = 0; r < rows; ++r) {
        const T share = static_cast<T>(weight / examples * weights[r]);
        for (long i = 0; i < latent; ++i, ++z) {
          *dz++ = share * *z;
          *dm++ = T(0);
          *dv++ = T(-0.5) * share;
        }
      }
    }
    return result;
  }
};

}  // namespace genet
