// A Wasserstein critic whose gradient reaches the generator through its tokens, in place of rewards.
#include "oracle_run.hpp"

namespace variants {

using namespace genet;

void run_small_straight_through(const settings& s) {
  train<seqgan<small_generator<lstm>, reduced_discriminator<200, 10>, wasserstein<clipping>, straight_through<0.5>>>(
      s, describe(s, reduced_layers, "wasserstein<clipping>, straight_through<0.5>"));
}

}  // namespace variants
