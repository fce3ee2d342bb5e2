// Points of the plane by a discriminator that sees two at once, and with them that they are too much alike.
#include "points.hpp"

namespace variants {

using namespace genet;

void run_points_packed(const settings& s) {
  train_points<gan<points_generator, points_discriminator<2>, non_saturating, pack<2>, average<0.999>>>(
      s, "gan<generator, discriminator, non_saturating, pack<2>, average<0.999>>", {0.5, 0.999});
}

}  // namespace variants
