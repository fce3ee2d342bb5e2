#pragma once
#include <string>

#include "../program/options.hpp"
#include "../program/quality.hpp"

namespace variants {

/// What the command line decided.
struct settings {
  program::common o{};  // the rate is the generator's
  std::string variant = "mlp", objective = "non_saturating";
  long critic_steps = 1;
  double discriminator_rate = 2e-4, penalty_weight = 0, label_smoothing = 0;
  long points = 0;  // to train on, where the program draws them
  program::measuring measuring{};
  genet::json::object config{};
};

/// Of the hidden layers of the nets that draw points of the plane.
inline constexpr int points_width = 128;

/// Each has a translation unit of its own, so that one is compiled without the others: the variants that draw images,
/// and the objectives of those that draw points of the plane, whose nets are the same.
void run_mlp(const settings&);
void run_dcgan(const settings&);
void run_wgan_gp(const settings&);
void run_conditional(const settings&);
void run_points_wasserstein_gp(const settings&);
void run_points_non_saturating(const settings&);
void run_points_packed(const settings&);

}  // namespace variants
