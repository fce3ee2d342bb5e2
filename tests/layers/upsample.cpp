#include <doctest/doctest.h>
#include <genet/layers/upsample.hpp>

using namespace genet;

static_assert(upsample<2>::infer(shape_of({3, 7, 5})).out == shape_of({3, 14, 10}));
static_assert(upsample<3, bilinear>::infer(shape_of({3, 7, 5})).out == shape_of({3, 21, 15}));

TEST_CASE("upsample wants maps and a factor") {
  CHECK(upsample<2>::label().view() == "upsample<2>");
  CHECK(upsample<2, bilinear>::label().view() == "upsample<2,bilinear>");
  CHECK(upsample<0>::infer(shape_of({3, 7, 5})).why.view() == "wants a factor of at least 1");
  CHECK(upsample<2>::infer(vector_shape(5)).why.view() ==
        "wants (channels,height,width), got (5); put reshape before it");
}
