#include <doctest/doctest.h>
#include <genet/layers/layer_norm.hpp>

using namespace genet;

namespace {

constexpr answer a = layer_norm::infer(shape_of({3, 4, 5}));
static_assert(!a.refused && a.out == shape_of({3, 4, 5}) && a.n_state == 0);
static_assert(a.n_parameters == 2 && a.parameters[0].name == "weight" && a.parameters[0].s == shape_of({3, 4, 5}) &&
              a.parameters[0].initial == ones && a.parameters[1].name == "bias" && a.parameters[1].initial == zeros &&
              a.parameters[1].member_of == parameter_group::norm);
static_assert(a.saved == 2 && a.saved_per_batch == 0);
static_assert(layer_norm_with<epsilon<0.1>>::values.epsilon == 0.1);
static_assert(layer_norm::label().view() == "layer_norm");

}  // namespace

TEST_CASE("layer_norm takes any shape") {
  CHECK_FALSE(layer_norm::infer(shape{}).refused);
  CHECK_FALSE(layer_norm::infer(vector_shape(1)).refused);
}
