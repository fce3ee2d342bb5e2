#include <doctest/doctest.h>
#include <genet/declare/words.hpp>
#include <genet/layers/embedding.hpp>

#include "shapes.hpp"

using namespace genet;

namespace {

constexpr bundle integers(element kind, int length, int limit) {
  bundle b = with_kind(bundle_of({vector_shape(length)}), 0, kind);
  b.at[0].limit = limit;
  return b;
}
constexpr answer of_tokens = embedding<8>::infer(integers(element::token, 20, 5000));
static_assert(of_tokens.out == shape_of({20, 8}) && of_tokens.n_parameters == 1);
static_assert(of_tokens.parameters[0].name == "weight" && of_tokens.parameters[0].s == shape_of({5000, 8}) &&
              of_tokens.parameters[0].initial == standard_normal);
static_assert(embedding<8>::infer(integers(element::label, 1, 10)).out == vector_shape(8));
static_assert(embedding<8, weight_init<zeros>>::first_weight == zeros);
static_assert(words<embedding<8, name<"words">>>[0].name == "words");

}  // namespace

TEST_CASE("embedding wants integers") {
  CHECK(embedding<8>::infer(bundle_of({vector_shape(3)})).why.view() == "wants tokens or a label, got (3)");
  CHECK(embedding<8>::infer(integers(element::mask, 3, 2)).why.view() == "wants tokens or a label, got mask (3)");
  CHECK(embedding<0>::infer(integers(element::label, 1, 10)).why.view() ==
        "wants at least one number for each integer");
  CHECK(spelling::infer<embedding<8, no_bias>>(bundle{}).why.view() == "does not take the option no_bias");
}
