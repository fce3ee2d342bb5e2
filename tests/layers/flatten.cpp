#include <doctest/doctest.h>
#include <genet/layers/flatten.hpp>

using namespace genet;

static_assert(flatten::infer(shape_of({1, 28, 28})).out == vector_shape(784));
static_assert(flatten::infer(vector_shape(7)).out == vector_shape(7));
static_assert(flatten::infer(shape{}).out == vector_shape(1));
static_assert(flatten::infer(shape_of({1, 28, 28})).flops == 0);

TEST_CASE("flatten refuses vectors that an int cannot count") {
  CHECK(flatten::infer(shape_of({65536, 65536})).why.view() == "cannot make a vector of 4294967296 elements");
  CHECK_FALSE(flatten::infer(shape_of({2'147'483'647})).refused);
}
