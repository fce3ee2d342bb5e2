// The generator of Yu et al. 2017 with a discriminator of a fiftieth of the work.
#include "oracle_run.hpp"

namespace variants {

using namespace genet;

void run_paper_reduced(const settings& s) {
  train<seqgan<paper_generator<lstm>, reduced_discriminator<5000, 20>>>(s, describe(s, reduced_layers, "binary"));
}

}  // namespace variants
