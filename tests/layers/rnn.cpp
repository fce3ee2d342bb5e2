#include <doctest/doctest.h>
#include <genet/layers/rnn.hpp>

#include "shapes.hpp"

using namespace genet;

namespace {

constexpr answer of_four = rnn<4>::infer(bundle_of({shape_of({20, 32})}));
static_assert(of_four.out == shape_of({20, 4}) && of_four.carried == 4);
static_assert(of_four.parameters[0].name == "weight_ih_l0" && of_four.parameters[0].s == shape_of({4, 32}));
static_assert(of_four.parameters[1].name == "weight_hh_l0" && of_four.parameters[1].s == shape_of({4, 4}));
static_assert(of_four.parameters[2].name == "bias_ih_l0" && of_four.parameters[2].s == vector_shape(4));
static_assert(of_four.parameters[3].name == "bias_hh_l0" && of_four.parameters[3].s == vector_shape(4));

}  // namespace

TEST_CASE("rnn is spelled as it is declared") { CHECK(rnn<4>::label().view() == "rnn<4>"); }
