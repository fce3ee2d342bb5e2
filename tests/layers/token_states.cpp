#include <genet/layers/token_states.hpp>

#include <doctest/doctest.h>

#include <genet/declare.hpp>

using namespace genet;

namespace {

using states = net<tokens<9, 4>, embedding<3>, token_states<9>>;
using distribution = net<tokens<9, 4>, embedding<3>, token_distribution<9>>;
static_assert(states::output_shape == shape_of({4, 3}));
static_assert(states::parameter_count == distribution::parameter_count && states::state_count == distribution::state_count);
static_assert(!stepping::same_tensors<states, distribution>().refused);

}  // namespace

TEST_CASE("what it refuses is what token_distribution refuses") {
  CHECK(token_states<9>::infer(vector_shape(4)).why.view() == token_distribution<9>::infer(vector_shape(4)).why.view());
  CHECK(token_states<9>::infer(vector_shape(4)).refused);
}
