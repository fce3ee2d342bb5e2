// 200 tokens, 10 at a time, by a generator of another cell.
#include "oracle_run.hpp"

namespace variants {

using namespace genet;

void run_small_gru(const settings& s) {
  train<seqgan<small_generator<gru>, reduced_discriminator<200, 10>>>(s, describe(s, reduced_layers, "binary"));
}

}  // namespace variants
