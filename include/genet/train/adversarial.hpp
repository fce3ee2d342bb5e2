#pragma once
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "../layers/gan.hpp"
#include "gradient_penalty.hpp"
#include "losses.hpp"
#include "optimisers.hpp"

namespace genet::inline GENET_ISA {

// What the discriminator and the generator of a gan minimise, as formulas of one score s (a logit, or a critic's value)
// on tensor::lane: `real(s, target)`, target 1 unless labels are smoothed, and `fake(s)` for the discriminator,
// `generated(s)` for the generator. `threshold`: above it a score says real. A user's own objective needs these.

/// -log D(x) - log(1 - D(G(z))); the generator minimises -log D(G(z)). Goodfellow et al. 2014, section 3.
struct non_saturating {
  static constexpr double threshold = 0;
  static constexpr bool is_logit = true;
  static auto real(auto s, double target) { return bce_with_logits::at(s, decltype(s)(target)); }
  static auto fake(auto s) { return bce_with_logits::at(s, decltype(s)(0)); }
  static auto generated(auto s) { return bce_with_logits::at(s, decltype(s)(1)); }
};

/// The same, but the generator minimises log(1 - D(G(z))), whose gradient vanishes where the discriminator is sure.
/// Goodfellow et al. 2014, equation 1.
struct minimax : non_saturating {
  static auto generated(auto s) {
    const auto lost = non_saturating::fake(s);
    return loss_point{-lost.value, -lost.slope};
  }
};

/// Half the squared distance of the score to 1 (real) or 0. Mao et al. 2017, equation 9.
struct least_squares {
  static constexpr double threshold = 0.5;
  static constexpr bool is_logit = false;
  static auto real(auto s, double target) {
    const auto d = s - target;
    return loss_point{0.5 * d * d, d};
  }
  static auto fake(auto s) { return real(s, 0); }
  static auto generated(auto s) { return real(s, 1); }
};

/// max(0, 1 - s) for real and max(0, 1 + s) for made examples; the generator minimises -s. Miyato et al. 2018.
struct hinge {
  static constexpr double threshold = 0;
  static constexpr bool is_logit = false;
  static auto real(auto s, double target) {
    using number = decltype(s);
    return loss_point{max(target - s, 0), select(s < target, number(-1), number(0))};
  }
  static auto fake(auto s) {
    using number = decltype(s);
    return loss_point{max(1 + s, 0), select(s > -1, number(1), number(0))};
  }
  static auto generated(auto s) { return loss_point{-s, decltype(s)(-1)}; }
};

/// -s for real and s for made examples: their difference estimates the Wasserstein distance if the critic is
/// 1-Lipschitz, which Lipschitz sees to: `clipping` of its weights (Arjovsky et al. 2017), `gradient_penalty`
/// (Gulrajani et al. 2017), `lipschitz_penalty` (Petzka et al. 2018).
template <class Lipschitz>
struct wasserstein {
  static constexpr double threshold = 0;
  static constexpr bool is_logit = false;
  static auto real(auto s, double target) { return loss_point{-target * s, decltype(s)(-target)}; }
  static auto fake(auto s) { return loss_point{s, decltype(s)(1)}; }
  static auto generated(auto s) { return loss_point{-s, decltype(s)(-1)}; }
};

/// Every step ends with the critic's weights between -`adversarial::clip` and that.
struct clipping {};

/// An objective with a penalty on the gradient of the discriminator's score: `penalised<non_saturating, r1_penalty>`.
template <class Objective, class Penalty>
struct penalised : Objective {};

/// The penalty of an objective; void: none.
template <class Objective>
struct penalty_of {
  using type = void;
};
template <class Lipschitz>
struct penalty_of<wasserstein<Lipschitz>> {
  using type = Lipschitz;
};
template <>
struct penalty_of<wasserstein<clipping>> {
  using type = void;
};
template <class Objective, class Penalty>
struct penalty_of<penalised<Objective, Penalty>> {
  using type = Penalty;
};

/// How a gan is trained, beside the objective of its type.
struct adversarial {
  long critic_steps = 1;          ///< of the discriminator for one of the generator, each on a batch of its own
  double label_smoothing = 0;     ///< real examples count as 1 minus this (one-sided: Salimans et al. 2016)
  double penalty_weight = -1;     ///< of the gradient penalty; below 0: as the penalty says
  double clip = 0.01;             ///< bound of the weights under wasserstein<clipping>
  double class_weight = 1;        ///< of the classification loss, where the discriminator tells classes
  double reconstruction_weight = 100;  ///< of the loss that is added by `adversarial{} + mae{}`
  double feature_weight = 1;      ///< of half the squared distance in the features that the discriminator gives
  double kl_weight = 1;           ///< of the divergence of a vae's codes from the prior

  option_list options() const {
    return {{"critic_steps", static_cast<double>(critic_steps)}, {"label_smoothing", label_smoothing},
            {"penalty_weight", penalty_weight},                  {"clip", clip},
            {"class_weight", class_weight},                      {"reconstruction_weight", reconstruction_weight},
            {"feature_weight", feature_weight},                  {"kl_weight", kl_weight}};
  }
};

/// The generator also minimises a loss between what it makes of an image and the image itself (Isola et al. 2017):
/// `adversarial{.reconstruction_weight = 100} + mae{}`.
template <element_loss Loss>
struct adversarial_with {
  adversarial how;
  Loss loss;
};
template <element_loss Loss>
adversarial_with<Loss> operator+(adversarial how, Loss loss) {
  return {how, std::move(loss)};
}

/// The optimisers of a gan's nets; they may learn at different rates (Heusel et al. 2017):
/// `optimisers<adam, adam>{.generator = {...}, .discriminator = {...}}`.
template <optimiser G, optimiser D>
struct optimisers {
  G generator{};
  D discriminator{};
};
template <optimiser G, optimiser D>
optimisers(G, D) -> optimisers<G, D>;

/// What one side made of its scores.
struct score_measure {
  double loss = 0;   ///< mean over the scores
  double score = 0;  ///< their mean: probability of being real of a logit, else the score itself
  double above = 0;  ///< the share of scores that say real
};

/// The mean of `formula(s).value` over n scores, and into `gradient`, unless it is null, `factor` times the derivative
/// of that mean with respect to them.
template <class Objective, class Formula, std::floating_point T>
score_measure evaluate_scores(const Formula& formula, const T* scores, long n, T* gradient, double factor = 1) {
  const double share = 1 / static_cast<double>(n);
  const auto point = [&](auto s) {
    const auto p = formula(s);
    return loss_detail::lanes<T, 2>{p.value, p.slope};
  };
  score_measure m;
  m.loss = share * loss_detail::element_sum_from(0, point, n, std::array{loss_detail::into{gradient}}, factor * share,
                                                 scores);
  for (long i = 0; i < n; ++i) {
    const double s = static_cast<double>(scores[i]);
    m.score += share * (Objective::is_logit ? 1 / (1 + std::exp(-s)) : s);
    m.above += share * (s > Objective::threshold);
  }
  return m;
}

}  // namespace genet
