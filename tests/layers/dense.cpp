#include <doctest/doctest.h>
#include <genet/layers/dense.hpp>

using namespace genet;

namespace {

constexpr answer a = dense<5>::infer(vector_shape(3));
static_assert(!a.refused && a.out == vector_shape(5) && a.kind == element::real);
static_assert(a.n_parameters == 2 && a.n_state == 0 && a.saved == 0 && a.saved_per_batch == 0);
static_assert(a.parameters[0].name == "weight" && a.parameters[0].s == shape_of({5, 3}) &&
              a.parameters[0].member_of == parameter_group::weight && a.parameters[0].initial == fan_in_uniform);
static_assert(a.parameters[1].name == "bias" && a.parameters[1].s == vector_shape(5) &&
              a.parameters[1].member_of == parameter_group::bias && a.parameters[1].initial == fan_in_uniform);
static_assert(a.flops == 2 * 5 * 3 + 5);

using plain = dense<5, no_bias, weight_init<orthogonal>>;
static_assert(!plain::has_bias && plain::infer(vector_shape(3)).n_parameters == 1 &&
              plain::infer(vector_shape(3)).parameters[0].initial == orthogonal &&
              plain::infer(vector_shape(3)).flops == 2 * 5 * 3);
static_assert(dense<5, bias_init<zeros>>::infer(vector_shape(3)).parameters[1].initial == zeros);
static_assert(dense<5>::label().view() == "dense<5>");
static_assert(dense<5>::reads.x_for_dp && !dense<5>::reads.x_for_dx);

// The product of large sizes is not an int.
static_assert(dense<100000>::infer(vector_shape(100000)).flops == 2L * 100000 * 100000 + 100000);

}  // namespace

TEST_CASE("dense refuses what is no vector") {
  CHECK(dense<5>::infer(shape_of({2, 3})).why.view() == "wants a vector, got (2,3); put flatten before it");
  CHECK(dense<5>::infer(shape{}).why.view() == "wants a vector, got (); put flatten before it");
  CHECK(dense<0>::infer(vector_shape(3)).why.view() == "wants at least one output");
  CHECK(dense<-4>::infer(vector_shape(3)).refused);
}
