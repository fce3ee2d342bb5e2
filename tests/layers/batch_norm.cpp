#include <doctest/doctest.h>
#include <genet/declare/words.hpp>
#include <genet/layers/batch_norm.hpp>

using namespace genet;

namespace {

constexpr answer a = batch_norm::infer(vector_shape(6));
static_assert(!a.refused && a.out == vector_shape(6));
static_assert(a.n_parameters == 2 && a.parameters[0].name == "weight" && a.parameters[0].initial == ones &&
              a.parameters[1].name == "bias" && a.parameters[1].initial == zeros);
static_assert(a.parameters[0].member_of == parameter_group::norm &&
              a.parameters[1].member_of == parameter_group::norm);
static_assert(a.n_state == 2 && a.state[0].name == "running_mean" && a.state[0].initial == zeros &&
              a.state[1].name == "running_var" && a.state[1].initial == ones && a.state[1].s == vector_shape(6));
static_assert(a.saved == 0 && a.saved_per_batch == 2 * 6);
constexpr answer of_channels = batch_norm::infer(shape_of({3, 5, 4}));
static_assert(of_channels.out == shape_of({3, 5, 4}) && of_channels.parameters[0].s == vector_shape(3) &&
              of_channels.state[1].s == vector_shape(3) && of_channels.saved_per_batch == 2 * 3);
static_assert(words<batch_norm>[0].order == feature_order::channels_last);
static_assert(batch_norm::values.epsilon == 1e-5 && batch_norm::values.momentum == 0.1);

using other = batch_norm_with<momentum<0.3>, epsilon<0.001>, name<"norm">>;
static_assert(other::values.epsilon == 0.001 && other::values.momentum == 0.3 && other::given_name == "norm");
static_assert(words<other>[0].name == "norm" && words<batch_norm>[0].name.empty());

}  // namespace

TEST_CASE("batch_norm wants features or channels") {
  CHECK(batch_norm::infer(shape{}).why.view() == "wants features or channels, got ()");
  CHECK(spelling::infer<batch_norm_with<no_bias>>(bundle{}).why.view() == "does not take the option no_bias");
}
