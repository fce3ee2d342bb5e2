#include <doctest/doctest.h>
#include <genet/declare/words.hpp>
#include <genet/layers/dropout.hpp>

using namespace genet;

static_assert(dropout<0.2>::infer(shape_of({2, 3})).out == shape_of({2, 3}));
static_assert(dropout<0.2>::infer(shape_of({2, 3})).saved == 6);
static_assert(dropout<0.2>::label().view() == "dropout<0.2>" && dropout<0.2>::probability == 0.2);
static_assert(words<dropout<0.2>>[0].draws);
static_assert(!dropout<0>::infer(vector_shape(3)).refused);

TEST_CASE("dropout wants a probability that leaves something") {
  CHECK(dropout<1>::infer(vector_shape(3)).why.view() == "wants a probability in [0, 1), got 1");
  CHECK(dropout<-0.1>::infer(vector_shape(3)).why.view() == "wants a probability in [0, 1), got -0.1");
}
