#include <doctest/doctest.h>
#include <genet/layers/reshape.hpp>

using namespace genet;

static_assert(reshape<1, 28, 28>::infer(vector_shape(784)).out == shape_of({1, 28, 28}));
static_assert(reshape<6>::infer(shape_of({2, 3})).out == vector_shape(6));
static_assert(reshape<>::infer(vector_shape(1)).out == shape{});
static_assert(reshape<1, 28, 28>::label().view() == "reshape<1,28,28>" && reshape<>::label().view() == "reshape<>");

TEST_CASE("reshape refuses other sizes and impossible shapes") {
  CHECK(reshape<128, 7, 7>::infer(vector_shape(100)).why.view() ==
        "cannot view 100 elements (100) as 6272 (128,7,7)");
  CHECK(reshape<-1, -6>::infer(vector_shape(6)).why.view() == "wants positive dimensions, got (-1,-6)");
  CHECK(reshape<0>::infer(vector_shape(6)).refused);
  CHECK(reshape<1, 1, 1, 1, 6>::infer(vector_shape(6)).why.view() == "wants at most 4 dimensions");
}
