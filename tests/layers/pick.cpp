#include <doctest/doctest.h>
#include <genet/layers/pick.hpp>

#include "shapes.hpp"

using namespace genet;

static_assert(pick<"b">::infer(bundle_of({vector_shape(3), shape_of({4, 5})})).out == shape_of({4, 5}));
static_assert(pick<"b">::choose(bundle_of({vector_shape(3), shape_of({4, 5})}))[0].s == shape_of({4, 5}));
static_assert(pick<"b", "a">::choose(bundle_of({vector_shape(3), shape_of({4, 5})}))[1].s == vector_shape(3));
static_assert(pick<"b">::label().view() == "pick<b>");

TEST_CASE("pick names what it does not find") {
  CHECK(pick<"z">::infer(bundle_of({vector_shape(3), vector_shape(4)})).why.view() ==
        "finds no z among a (3), b (4)");
}
