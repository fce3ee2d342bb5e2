#include <doctest/doctest.h>
#include <genet/declare/net.hpp>
#include <genet/layers/label_projection.hpp>
#include <genet/layers/pick.hpp>

#include "shapes.hpp"

using namespace genet;

namespace {

template <class X, int Classes>
using beside = inputs<named<"x", X>, named<"label", labels<Classes>>>;
using critic = net<beside<input<5>, 10>, label_projection<10>>;
static_assert(critic::output_shape == vector_shape(1) && critic::parameter_count == 5 + 1 + 50);
static_assert(parameter_names<critic>[2].view() == "0.embedding");

}  // namespace

TEST_CASE("label_projection wants features and a label of as many classes") {
  CHECK(refusal_of<input<5>, label_projection<10>>().view() ==
        "layer 1 of 1, label_projection<10>: wants a tensor of reals and a label, got (5)");
  CHECK(refusal_of<beside<input<5>, 3>, label_projection<10>>().view() ==
        "layer 1 of 1, label_projection<10>: wants a label of 10 classes, got one of 3");
  CHECK(refusal_of<beside<input<1, 4, 4>, 10>, label_projection<10>>().view() ==
        "layer 1 of 1, label_projection<10>: wants a vector, got (1,4,4); put flatten before it");
}
