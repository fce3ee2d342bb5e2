#include <doctest/doctest.h>
#include <genet/declare/words.hpp>
#include <genet/layers/max_pool.hpp>

using namespace genet;

static_assert(max_pool<kernel<2>>::infer(shape_of({3, 28, 28})).out == shape_of({3, 14, 14}));
static_assert(max_pool<kernel<3>, stride<2>, padding<1>>::infer(shape_of({3, 28, 27})).out == shape_of({3, 14, 14}));
static_assert(max_pool<stride<1, 2>, kernel<2, 3>>::infer(shape_of({1, 5, 7})).out == shape_of({1, 4, 3}));
static_assert(max_pool<kernel<2>>::infer(shape_of({3, 5, 4})).saved == 3 * 2 * 2);
static_assert(words<max_pool<kernel<2>>>[0].order == feature_order::channels_last);

TEST_CASE("max_pool wants maps that its window fits on") {
  CHECK(max_pool<kernel<3>, stride<2>>::label().view() == "max_pool<kernel<3>,stride<2>>");
  CHECK(max_pool<kernel<2>>::infer(vector_shape(784)).why.view() ==
        "wants (channels,height,width), got (784); put reshape before it");
  CHECK(max_pool<>::infer(shape_of({1, 4, 4})).why.view() == "wants the size of its kernel: kernel<3>, kernel<3, 5>");
  CHECK(max_pool<kernel<5>>::infer(shape_of({1, 4, 6})).why.view() ==
        "its kernel reaches over 5x5 pixels, more than the 4x6 of its input");
  CHECK(max_pool<kernel<2>, padding<1, 2>>::infer(shape_of({1, 4, 6})).why.view() ==
        "wants a padding of at most half its kernel, 2x2, got 1x2");
  CHECK(spelling::infer<max_pool<kernel<2>, no_bias>>(bundle{}).why.view() == "does not take the option no_bias");
}
