// Points of the plane by a Wasserstein GAN with gradient penalty.
#include "points.hpp"

namespace variants {

using namespace genet;

void run_points_wasserstein_gp(const settings& s) {
  train_points<gan<points_generator, points_discriminator<1>, wasserstein<gradient_penalty>, average<0.999>>>(
      s, "gan<generator, discriminator, wasserstein<gradient_penalty>, average<0.999>>", {0.5, 0.9});
}

}  // namespace variants
