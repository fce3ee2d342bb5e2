#include <doctest/doctest.h>
#include <genet/declare/net.hpp>
#include <genet/layers/one_hot.hpp>

#include "shapes.hpp"

using namespace genet;

static_assert(net<labels<10>, one_hot>::output_shape == vector_shape(10));
static_assert(net<tokens<50, 7>, one_hot>::output_shape == shape_of({7, 50}));

TEST_CASE("one_hot wants integers") {
  CHECK(one_hot::infer(bundle_of({vector_shape(3)})).why.view() == "wants tokens or a label, got (3)");
}
