#include <doctest/doctest.h>
#include <genet/declare/words.hpp>
#include <genet/layers/token_distribution.hpp>

using namespace genet;

namespace {

constexpr answer a = token_distribution<5000>::infer(shape_of({20, 32}));
static_assert(!a.refused && a.out == shape_of({20, 5000}) && a.n_parameters == 2 && a.n_state == 1);
static_assert(a.parameters[0].name == "weight" && a.parameters[0].s == shape_of({5000, 32}) &&
              a.parameters[0].layout == tensor_layout::panels && a.parameters[0].initial == fan_in_uniform);
static_assert(a.parameters[1].name == "bias" && a.parameters[1].s == vector_shape(5000));
static_assert(a.state[0].name == "used" && a.state[0].s == vector_shape(1) &&
              a.state[0].initial.first.value() == 5000);
static_assert(words<token_distribution<9, name<"end">>>[0].name == "end" &&
              words<token_distribution<9>>[0].steppable);

}  // namespace

TEST_CASE("token_distribution wants hidden states") {
  CHECK(token_distribution<9>::infer(vector_shape(32)).why.view() ==
        "wants hidden states (positions,features), got (32)");
  CHECK(token_distribution<0>::infer(shape_of({20, 32})).why.view() == "wants at least one token");
}
