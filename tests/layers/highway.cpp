#include <doctest/doctest.h>
#include <genet/declare/words.hpp>
#include <genet/layers/highway.hpp>

using namespace genet;

namespace {

constexpr answer a = highway::infer(vector_shape(12));
static_assert(!a.refused && a.out == vector_shape(12) && a.n_parameters == 4 && a.saved == 24 && a.scratch == 24);
static_assert(a.parameters[0].name == "weight" && a.parameters[0].s == shape_of({12, 12}) &&
              a.parameters[0].layout == tensor_layout::panels && a.parameters[0].initial == fan_in_uniform);
static_assert(a.parameters[1].name == "bias" && a.parameters[1].s == vector_shape(12));
static_assert(a.parameters[2].name == "gate_weight" && a.parameters[3].name == "gate_bias" &&
              a.parameters[3].member_of == parameter_group::bias);
static_assert(highway_with<bias_init<zeros>>::infer(vector_shape(2)).parameters[3].initial == zeros);
static_assert(words<highway_with<name<"gate">>>[0].name == "gate");

}  // namespace

TEST_CASE("highway wants a vector") {
  CHECK(highway::infer(shape_of({3, 4})).why.view() == "wants a vector, got (3,4); put flatten before it");
}
