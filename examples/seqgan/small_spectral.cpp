// A Wasserstein critic whose layers stretch nothing.
#include "oracle_run.hpp"

namespace variants {

using namespace genet;

namespace {

template <int Width>
using normed = chain<spectral_norm<conv1d<32, kernel<Width>>>, relu, max_over_time>;

struct critic : net<tokens<200, 10>, embedding<32>,
                    heads<head<"two", normed<2>>, head<"three", normed<3>>, head<"four", normed<4>>, head<"five", normed<5>>>,
                    concat, spectral_norm<dense<64>>, relu, spectral_norm<dense<1>>> {};

}  // namespace

void run_small_spectral(const settings& s) {
  train<seqgan<small_generator<lstm>, critic, wasserstein<spectral>>>(s, describe(s, R"(embedding<32>,
    heads<head<"two", spectral_norm<conv1d<32, kernel<2>>>, relu, max_over_time>,
          head<"three", spectral_norm<conv1d<32, kernel<3>>>, relu, max_over_time>,
          head<"four", spectral_norm<conv1d<32, kernel<4>>>, relu, max_over_time>,
          head<"five", spectral_norm<conv1d<32, kernel<5>>>, relu, max_over_time>>,
    concat, spectral_norm<dense<64>>, relu, spectral_norm<dense<1>>)",
                                                                               "wasserstein<spectral>"));
}

}  // namespace variants
