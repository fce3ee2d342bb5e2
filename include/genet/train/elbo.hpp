#pragma once
#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "../layers/vae.hpp"
#include "likelihoods.hpp"
#include "objective.hpp"

namespace genet::inline GENET_ISA {

namespace bound {

/// What the likelihood of a VAE reads of a pass and, in a session that trains, where its gradients go. `observation` is
/// the output with a trained log-variance.
template <class Vae, class Session, class T>
likelihood_arguments<T> reconstruction(Session& s, const example_batch<T>& b, int observation) {
  constexpr bool gradients = Session::can != capability::forward;
  likelihood_arguments<T> a{
      .output = s.output(0).data(), .target = b.x, .rows = b.rows, .elements = Vae::net_type::input_shape.size()};
  if constexpr (gradients) a.output_gradient = s.output_gradient(0).data();
  if constexpr (learns_variance<typename Vae::likelihood>) {
    a.log_variance = s.output(observation).data();  // the same in every row: the gradient goes into the first
    if constexpr (gradients) {
      const auto g = s.output_gradient(observation);
      std::fill(g.begin(), g.end(), T(0));
      a.log_variance_gradient = g.data();
    }
  }
  return a;
}

/// `variance` is that of a gaussian likelihood with fixed_variance.
template <class Likelihood>
Likelihood likelihood_with(double variance) {
  Likelihood l{};
  if constexpr (requires { l.variance; }) l.variance = variance;
  return l;
}

}  // namespace bound

/// The negative evidence lower bound of a VAE, in nats per example: reconstruction + kl, one latent sample per
/// example (Kingma & Welling 2014, equation 10). Gradients weigh kl by beta (Higgins et al. 2017), which rises from 0
/// over the first `warm_up` epochs. With `free_bits` they weigh, for each latent number, the larger of its divergence in
/// the mean over the batch and `free_bits` nats (Kingma et al. 2016, equation 15): numbers that say less are left alone.
/// The reported loss is always the bound itself.
struct elbo {
  double beta = 1;
  double warm_up = 0;    ///< epochs
  double free_bits = 0;  ///< nats per latent number
  double variance = 1;   ///< of a gaussian likelihood with fixed_variance

  static constexpr std::array<std::string_view, 2> terms{"reconstruction", "kl"};

  std::vector<std::pair<std::string_view, double>> options() const {
    return {{"beta", beta}, {"warm_up", warm_up}, {"free_bits", free_bits}, {"variance", variance}};
  }

  double beta_at(const training_progress& p) const {
    return warm_up > 0 ? beta * std::min(1.0, p.epochs_done / warm_up) : beta;
  }

  template <class Vae, class Session, class T>
  measured<2> measure(Session& s, const example_batch<T>& b, const training_progress& p, double weight) const {
    constexpr bool gradients = Session::can != capability::forward;
    constexpr long latent = Vae::latent_shape.size();
    enum output : int { reconstruction, mean, log_variance, observation };

    auto a = bound::reconstruction<Vae>(s, b, observation);
    a.scale = weight;
    T *mean_gradient = nullptr, *log_variance_gradient = nullptr;
    if constexpr (gradients) {
      mean_gradient = s.output_gradient(mean).data();
      log_variance_gradient = s.output_gradient(log_variance).data();
    }
    const auto likelihood = bound::likelihood_with<typename Vae::likelihood>(variance);
    const double nll = negative_log_likelihood(likelihood, a, s.team());
    const double kl =
        evaluate_loss(kl_to_standard_normal{}, s.output(mean).data(), s.output(log_variance).data(), b.rows, latent,
                      mean_gradient, log_variance_gradient, weight * beta_at(p), contribution::write, s.team());
    if constexpr (gradients)
      if (free_bits > 0)
        release(s.output(mean).data(), s.output(log_variance).data(), b.rows, latent, mean_gradient,
                log_variance_gradient);
    return {nll + kl, {nll, kl}};
  }

 private:
  /// No gradient for the latent numbers whose divergence is below `free_bits`.
  template <class T>
  void release(const T* mean, const T* log_variance, long rows, long latent, T* mean_gradient,
               T* log_variance_gradient) const {
    using number = tensor::lane<T>;
    constexpr long w = tensor::width<T>;
    for (long k = 0; k < latent; k += w) {
      const long n = std::min(w, latent - k);
      number sum(0);
      for (long at = k; at < rows * latent; at += latent) {
        const number m(tensor::load_partial(mean + at, n)), s(tensor::load_partial(log_variance + at, n));
        sum += 0.5 * (m * m + (expm1(s) - s));
      }
      const auto bound = sum >= free_bits * static_cast<double>(rows);
      for (long at = k; at < rows * latent; at += latent)
        for (T* g : {mean_gradient + at, log_variance_gradient + at})
          tensor::store_partial(g, select(bound, number(tensor::load_partial(g, n)), number(0)).v, n);
    }
  }
};

}  // namespace genet
