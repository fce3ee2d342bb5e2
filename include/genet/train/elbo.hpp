#pragma once
#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "../layers/vae.hpp"
#include "likelihoods.hpp"
#include "objective.hpp"

namespace genet::inline GENET_ISA {

/// The negative evidence lower bound of a VAE, in nats per example: reconstruction + kl, one latent sample per
/// example (Kingma & Welling 2014, equation 10). Gradients weigh kl by beta (Higgins et al. 2017), which rises from 0
/// over the first `warm_up` epochs; the reported loss is always the bound itself.
struct elbo {
  double beta = 1;
  double warm_up = 0;   ///< epochs
  double variance = 1;  ///< of a gaussian likelihood with fixed_variance

  static constexpr std::array<std::string_view, 2> terms{"reconstruction", "kl"};

  std::vector<std::pair<std::string_view, double>> options() const {
    return {{"beta", beta}, {"warm_up", warm_up}, {"variance", variance}};
  }

  double beta_at(const training_progress& p) const {
    return warm_up > 0 ? beta * std::min(1.0, p.epochs_done / warm_up) : beta;
  }

  template <class Vae, class Session, class T>
  measured<2> measure(Session& s, const example_batch<T>& b, const training_progress& p, double weight) const {
    using likelihood_type = typename Vae::likelihood;
    constexpr bool gradients = Session::can != capability::forward;
    constexpr long elements = Vae::net_type::input_shape.size(), latent = Vae::latent_shape.size();
    enum output : int { reconstruction, mean, log_variance, observation };

    likelihood_type likelihood{};
    if constexpr (requires { likelihood.variance; }) likelihood.variance = variance;
    likelihood_arguments<T> a{
        .output = s.output(reconstruction).data(), .target = b.x, .rows = b.rows, .elements = elements};
    a.scale = weight;
    if constexpr (gradients) a.output_gradient = s.output_gradient(reconstruction).data();
    if constexpr (learns_variance<likelihood_type>) {
      a.log_variance = s.output(observation).data();  // the same in every row: the gradient goes into the first
      if constexpr (gradients) {
        const auto g = s.output_gradient(observation);
        std::fill(g.begin(), g.end(), T(0));
        a.log_variance_gradient = g.data();
      }
    }
    T *mean_gradient = nullptr, *log_variance_gradient = nullptr;
    if constexpr (gradients) {
      mean_gradient = s.output_gradient(mean).data();
      log_variance_gradient = s.output_gradient(log_variance).data();
    }
    const double nll = negative_log_likelihood(likelihood, a, s.team());
    const double kl =
        evaluate_loss(kl_to_standard_normal{}, s.output(mean).data(), s.output(log_variance).data(), b.rows, latent,
                      mean_gradient, log_variance_gradient, weight * beta_at(p), contribution::write, s.team());
    return {nll + kl, {nll, kl}};
  }
};

}  // namespace genet
