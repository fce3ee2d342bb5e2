// Points of the plane by the objective that loses modes.
#include "points.hpp"

namespace variants {

using namespace genet;

void run_points_non_saturating(const settings& s) {
  train_points<gan<points_generator, points_discriminator<1>, non_saturating, average<0.999>>>(
      s, "gan<generator, discriminator, non_saturating, average<0.999>>", {0.5, 0.999});
}

}  // namespace variants
