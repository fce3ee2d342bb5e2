#include <doctest/doctest.h>
#include <genet/layers/add.hpp>

#include "shapes.hpp"

using namespace genet;

static_assert(add::infer(bundle_of({shape_of({2, 3}), shape_of({2, 3})})).out == shape_of({2, 3}));
static_assert(add::infer(bundle_of({vector_shape(3), vector_shape(3), vector_shape(3)})).flops == 6);
static_assert(add::infer(bundle_of({vector_shape(3)})).out == vector_shape(3));

TEST_CASE("add wants reals of one shape") {
  CHECK(add::infer(bundle_of({vector_shape(3), vector_shape(4)})).why.view() ==
        "cannot add different shapes: a (3), b (4)");
  CHECK(add::infer(bundle_of({shape_of({2, 3}), vector_shape(6)})).refused);
  CHECK(add::infer(with_kind(bundle_of({vector_shape(3), vector_shape(3)}), 1, element::token)).why.view() ==
        "adds reals, got a (3), b tokens (3)");
}
