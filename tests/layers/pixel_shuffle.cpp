#include <doctest/doctest.h>
#include <genet/layers/pixel_shuffle.hpp>

using namespace genet;

static_assert(pixel_shuffle<2>::infer(shape_of({12, 7, 5})).out == shape_of({3, 14, 10}));
static_assert(pixel_shuffle<3>::infer(shape_of({9, 1, 5})).out == shape_of({1, 3, 15}));

TEST_CASE("pixel_shuffle wants channels that make squares") {
  CHECK(pixel_shuffle<2>::label().view() == "pixel_shuffle<2>");
  CHECK(pixel_shuffle<2>::infer(shape_of({6, 7, 5})).why.view() ==
        "cannot make 6 channels into squares of 2x2 pixels");
  CHECK(pixel_shuffle<0>::infer(shape_of({6, 7, 5})).why.view() == "wants a factor of at least 1");
  CHECK(pixel_shuffle<2>::infer(vector_shape(4)).refused);
}
