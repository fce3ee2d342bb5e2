#include <doctest/doctest.h>
#include <genet/layers/concat.hpp>

#include "shapes.hpp"

using namespace genet;

static_assert(concat::infer(bundle_of({vector_shape(3), vector_shape(4)})).out == vector_shape(7));
static_assert(concat::infer(bundle_of({shape_of({2, 5, 5}), shape_of({3, 5, 5}), shape_of({1, 5, 5})})).out ==
              shape_of({6, 5, 5}));
static_assert(concat::infer(bundle_of({vector_shape(3)})).out == vector_shape(3));

TEST_CASE("concat wants shapes that agree after the first dimension") {
  CHECK(concat::infer(bundle_of({shape_of({2, 5, 5}), shape_of({3, 5, 4})})).why.view() ==
        "wants shapes equal after the first dimension, got a (2,5,5), b (3,5,4)");
  CHECK(concat::infer(bundle_of({vector_shape(3), shape_of({3, 1})})).refused);
  CHECK(concat::infer(bundle_of({shape{}, shape{}})).why.view() == "wants at least one dimension, got a (), b ()");
  CHECK(concat::infer(with_kind(bundle_of({vector_shape(3), vector_shape(3)}), 0, element::label)).why.view() ==
        "joins reals, got a labels (3), b (3)");
}
