#include <doctest/doctest.h>
#include <genet/declare/words.hpp>
#include <genet/layers/average_pool.hpp>

using namespace genet;

static_assert(average_pool<kernel<2>>::infer(shape_of({3, 28, 28})).out == shape_of({3, 14, 14}));
static_assert(average_pool<kernel<3>, stride<2>, padding<1>>::infer(shape_of({3, 28, 27})).out == shape_of({3, 14, 14}));
static_assert(global_average_pool::infer(shape_of({64, 7, 5})).out == vector_shape(64));

TEST_CASE("average_pool wants maps that its window fits on") {
  CHECK(average_pool<kernel<2, 3>>::label().view() == "average_pool<kernel<2,3>>");
  CHECK(average_pool<kernel<2>>::infer(shape_of({4, 4})).why.view() == "wants (channels,height,width), got (4,4)");
  CHECK(average_pool<kernel<4>, padding<3>>::infer(shape_of({1, 4, 6})).why.view() ==
        "wants a padding of at most half its kernel, 4x4, got 3x3");
  CHECK(global_average_pool::infer(vector_shape(5)).why.view() ==
        "wants (channels,height,width), got (5); put reshape before it");
}
