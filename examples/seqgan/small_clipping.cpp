// A Wasserstein critic of bounded weights, whose scores are the rewards.
#include "oracle_run.hpp"

namespace variants {

using namespace genet;

void run_small_clipping(const settings& s) {
  train<seqgan<small_generator<lstm>, reduced_discriminator<200, 10>, wasserstein<clipping>>>(
      s, describe(s, reduced_layers, "wasserstein<clipping>"));
}

}  // namespace variants
