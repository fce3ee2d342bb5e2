#include <doctest/doctest.h>
#include <genet/declare/words.hpp>
#include <genet/layers/softmax.hpp>

using namespace genet;

static_assert(softmax::infer(shape_of({2, 3})).out == shape_of({2, 3}));
static_assert(softmax::reads.y_for_dx && !softmax::reads.x_for_dx && log_softmax::reads.y_for_dx);
static_assert(log_softmax::label().view() == "log_softmax" && softmax::label().view() == "softmax");
static_assert(!activation_layer<softmax>);  // not element-wise: no epilogue

TEST_CASE("softmax wants a dimension") {
  CHECK(softmax::infer(shape{}).why.view() == "wants at least one dimension, got ()");
}
