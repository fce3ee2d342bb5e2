// 200 tokens, 10 at a time.
#include "oracle_run.hpp"

namespace variants {

using namespace genet;

void run_small(const settings& s) {
  train<seqgan<small_generator<lstm>, reduced_discriminator<200, 10>>>(s, describe(s, reduced_layers, "binary"));
}

}  // namespace variants
