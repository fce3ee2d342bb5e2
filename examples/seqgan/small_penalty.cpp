// A Wasserstein critic with a penalty on its gradient between embedded sequences: layers that are linear in pieces.
#include "oracle_run.hpp"

namespace variants {

using namespace genet;

namespace {

struct critic : net<tokens<200, 10>, embedding<32>, conv1d<64, kernel<3>, padding<1>>, leaky_relu<0.2>,
                    conv1d<64, kernel<4>, stride<2>, padding<1>>, leaky_relu<0.2>, flatten, dense<64>, leaky_relu<0.2>,
                    dense<1>> {};

}  // namespace

void run_small_penalty(const settings& s) {
  train<seqgan<small_generator<lstm>, critic, wasserstein<gradient_penalty>>>(
      s, describe(s, R"(embedding<32>, conv1d<64, kernel<3>, padding<1>>, leaky_relu<0.2>,
    conv1d<64, kernel<4>, stride<2>, padding<1>>, leaky_relu<0.2>, flatten, dense<64>, leaky_relu<0.2>, dense<1>)",
                  "wasserstein<gradient_penalty>"));
}

}  // namespace variants
