#pragma once
#include <functional>
#include <span>

#include "../layers/seqgan.hpp"
#include "adversarial.hpp"

namespace genet::inline GENET_ISA {

/// The formulas of non_saturating: the discriminator's part of them. The reward is the probability of being real.
struct binary : non_saturating {};
struct spectral {};
template <>
struct penalty_of<wasserstein<spectral>> {
  using type = void;
};

/// What the rewards of a batch are compared with.
enum class reward_baseline {
  none,      ///< nothing: Yu et al. 2017
  position,  ///< at each position the mean of the other sequences of the batch, which leaves the gradient unbiased
};

/// What of a discriminator's score is the reward, where that is a logit; a critic's score is one by itself.
enum class reward_scale {
  probability,  ///< of being real: Yu et al. 2017
  logit,        ///< still tells made sequences apart where a sure discriminator gives all of them a probability near 0
};

/// Rewards of whole sequences (rows, L) instead of a discriminator's, into the last span, (rows).
using sequence_reward = std::function<void(std::span<const std::int32_t>, std::span<double>)>;

/// How a seqgan is trained, beside the objective of its type: `pretrain_epochs` of maximum likelihood, then rounds. A
/// round is generator_steps policy gradients, each on a batch of new sequences, of which every beginning is completed
/// `rollouts` times and judged; then the discriminator learns from discriminator_sets fresh sets of made sequences, as
/// many as there are examples, discriminator_passes times from each. Before the first round it learns from
/// pretrain_sets of them. The numbers are those of Yu et al. 2017 but for the sets, which are 50 and 5 there.
struct sequence_adversarial {
  long pretrain_epochs = 120;
  long rollouts = 16;
  long generator_steps = 1;
  long pretrain_sets = 10;
  long discriminator_sets = 1;
  long discriminator_passes = 3;
  reward_baseline baseline = reward_baseline::none;
  reward_scale scale = reward_scale::probability;
  double entropy = 0;           ///< weight of the entropy that is added to the reward, in nats a token
  double penalty_weight = -1;   ///< of the gradient penalty; below 0: as the penalty says
  double clip = 0.01;           ///< bound of the weights under wasserstein<clipping>
  sequence_reward reward = {};  ///< instead of the discriminator, which then does not learn

  option_list options() const {
    return {{"pretrain_epochs", static_cast<double>(pretrain_epochs)},
            {"rollouts", static_cast<double>(rollouts)},
            {"generator_steps", static_cast<double>(generator_steps)},
            {"pretrain_sets", static_cast<double>(pretrain_sets)},
            {"discriminator_sets", static_cast<double>(discriminator_sets)},
            {"discriminator_passes", static_cast<double>(discriminator_passes)},
            {"baseline", static_cast<double>(baseline)},
            {"scale", static_cast<double>(scale)},
            {"entropy", entropy},
            {"penalty_weight", penalty_weight},
            {"clip", clip},
            {"reward", static_cast<double>(static_cast<bool>(reward))}};
  }
};

}  // namespace genet
