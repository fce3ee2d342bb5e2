#include <doctest/doctest.h>
#include <genet/declare/words.hpp>
#include <genet/layers/gaussian_noise.hpp>

using namespace genet;

static_assert(gaussian_noise<0.3>::infer(shape_of({3, 5, 7})).out == shape_of({3, 5, 7}));
static_assert(gaussian_noise<0.3>::infer(shape_of({3, 5, 7})).saved == 0);
static_assert(gaussian_noise<0.3>::label().view() == "gaussian_noise<0.3>" && gaussian_noise<0.3>::deviation == 0.3);
static_assert(words<gaussian_noise<0.3>>[0].draws && !words<gaussian_noise<0.3>>[0].element_wise);

TEST_CASE("gaussian_noise wants a deviation that does something") {
  CHECK(gaussian_noise<0>::infer(vector_shape(3)).why.view() == "wants a positive standard deviation, got 0");
  CHECK(gaussian_noise<-0.1>::infer(vector_shape(3)).why.view() == "wants a positive standard deviation, got -0.1");
}
