#include <doctest/doctest.h>
#include <genet/layers/token_likelihood.hpp>

#include "shapes.hpp"

using namespace genet;

namespace {

constexpr bundle inputs_of(int vocabulary, int length, int targets, int coefficients) {
  bundle b = with_kind(bundle_of({vector_shape(coefficients), shape_of({length, 32}), vector_shape(targets)}), 2,
                       element::token);
  b.at[2].limit = vocabulary;
  return b;
}
constexpr answer a = token_likelihood<500>::infer(inputs_of(500, 20, 20, 20));
constexpr answer whole = token_distribution<500>::infer(shape_of({20, 32}));
static_assert(!a.refused && a.out == vector_shape(20) && a.saved == 20 * 32 && a.saved_per_batch == 500 * 33);
static_assert(a.n_parameters == 2 && a.n_state == 1 && a.parameters[0].s == whole.parameters[0].s &&
              a.parameters[1].s == whole.parameters[1].s && a.state[0].name == whole.state[0].name);
constexpr likelihood_input in = likelihood_input_of(shapes_of(inputs_of(500, 20, 20, 20)));
static_assert(in.coefficients == 0 && in.states == 1 && in.targets == 2);

std::string_view why(const bundle& b) {
  static text t;
  t = token_likelihood<500>::infer(b).why;
  return t.view();
}

}  // namespace

TEST_CASE("token_likelihood wants states, targets and coefficients that go together") {
  CHECK(why(bundle_of({shape_of({20, 32})})) ==
        "wants hidden states (positions,features), targets and coefficients, got (20,32)");
  CHECK(why(inputs_of(400, 20, 20, 20)) == "wants targets of 500 tokens, got some of 400");
  CHECK(why(inputs_of(500, 20, 19, 20)) ==
        "wants targets and coefficients of 20 positions, got a (20), b (20,32), c tokens (19)");
  CHECK(why(inputs_of(500, 20, 20, 21)) ==
        "wants targets and coefficients of 20 positions, got a (21), b (20,32), c tokens (20)");
}
