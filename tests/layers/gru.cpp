#include <doctest/doctest.h>
#include <genet/layers/gru.hpp>

#include "shapes.hpp"

using namespace genet;

namespace {

constexpr answer of_four = gru<4>::infer(bundle_of({shape_of({20, 32})}));
static_assert(of_four.out == shape_of({20, 4}) && of_four.carried == 4);
static_assert(of_four.parameters[0].name == "weight_ih_l0" && of_four.parameters[0].s == shape_of({12, 32}));
static_assert(of_four.parameters[1].name == "weight_hh_l0" && of_four.parameters[1].s == shape_of({12, 4}));
static_assert(of_four.parameters[2].name == "bias_ih_l0" && of_four.parameters[2].s == vector_shape(12));
static_assert(of_four.parameters[3].name == "bias_hh_l0" && of_four.parameters[3].s == vector_shape(12));

}  // namespace

TEST_CASE("gru is spelled as it is declared") { CHECK(gru<4>::label().view() == "gru<4>"); }
