#include <doctest/doctest.h>
#include <genet/declare/net.hpp>
#include <genet/layers/activations.hpp>
#include <genet/layers/conv2d.hpp>
#include <genet/layers/conv_transpose2d.hpp>
#include <genet/layers/dense.hpp>
#include <genet/layers/flatten.hpp>
#include <genet/layers/spectral_norm.hpp>

#include "shapes.hpp"

using namespace genet;

namespace {

using critic = net<input<3, 8, 8>, spectral_norm<conv2d<16, kernel<4>, stride<2>, padding<1>>>, leaky_relu<0.2>, flatten,
                   spectral_norm<dense<1, no_bias, name<"last">>>>;
static_assert(critic::parameter_count == 16 * 3 * 16 + 16 + 16 * 16);
static_assert(critic::state_count == 16 + 48 + 1 + 256);
static_assert(parameter_names<critic>[0].view() == "0.weight_orig" && parameter_names<critic>[1].view() == "0.bias" &&
              parameter_names<critic>[2].view() == "last.weight_orig");
static_assert(state_names<critic>[0].view() == "0.weight_u" && state_names<critic>[1].view() == "0.weight_v");
static_assert(program_of<critic>.steps[1].n_then == 1);  // computed in the convolution, behind a reordering
static_assert(words<spectral_norm<conv2d<1, kernel<1>>>>[0].order == feature_order::channels_last);

}  // namespace

TEST_CASE("spectral_norm wants a layer with a weight, which it takes the refusals from") {
  CHECK(spectral_norm<dense<3>>::label().view() == "spectral_norm<dense<3>>");
  CHECK(refusal_of<input<3, 8, 8>, spectral_norm<dense<3>>>().view() ==
        "layer 1 of 1, spectral_norm<dense<3>>: wants a vector, got (3,8,8); put flatten before it");
  CHECK(refusal_of<input<3, 8, 8>, spectral_norm<conv_transpose2d<3, kernel<2>>>>().view() ==
        "layer 1 of 1, spectral_norm<conv_transpose2d<3,kernel<2>>>: normalises the weight of dense and conv2d");
  CHECK(refusal_of<input<5>, spectral_norm<relu>>().view() ==
        "layer 1 of 1, spectral_norm<relu>: normalises the weight of dense and conv2d");
}
