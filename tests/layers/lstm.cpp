#include <doctest/doctest.h>
#include <genet/layers/lstm.hpp>

#include "shapes.hpp"

using namespace genet;

namespace {

constexpr answer of_four = lstm<4>::infer(bundle_of({shape_of({20, 32})}));
static_assert(of_four.out == shape_of({20, 4}) && of_four.carried == 8);
static_assert(of_four.parameters[0].name == "weight_ih_l0" && of_four.parameters[0].s == shape_of({16, 32}));
static_assert(of_four.parameters[1].name == "weight_hh_l0" && of_four.parameters[1].s == shape_of({16, 4}));
static_assert(of_four.parameters[2].name == "bias_ih_l0" && of_four.parameters[2].s == vector_shape(16));
static_assert(of_four.parameters[3].name == "bias_hh_l0" && of_four.parameters[3].s == vector_shape(16));

}  // namespace

TEST_CASE("lstm is spelled as it is declared") { CHECK(lstm<4>::label().view() == "lstm<4>"); }
