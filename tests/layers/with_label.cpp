#include <doctest/doctest.h>
#include <genet/declare/net.hpp>
#include <genet/declare/summary.hpp>
#include <genet/layers/activations.hpp>
#include <genet/layers/dense.hpp>
#include <genet/layers/with_label.hpp>

#include "shapes.hpp"

using namespace genet;

namespace {

template <class X, int Classes>
using beside = inputs<named<"x", X>, named<"label", labels<Classes>>>;

static_assert(net<beside<noise<64>, 10>, with_label<10>>::output_shape == vector_shape(74));
static_assert(net<beside<input<3, 8, 5>, 10>, with_label<10>>::output_shape == shape_of({13, 8, 5}));
static_assert(net<beside<input<3, 8, 5>, 10>, with_label<10, embedding<4>>>::output_shape == shape_of({7, 8, 5}));
static_assert(net<inputs<named<"label", labels<4>>, named<"x", input<3>>>, with_label<4>>::output_shape ==
              vector_shape(7));

struct generator : net<beside<noise<6>, 10>, with_label<10, embedding<16>>, dense<7>, relu> {};
static_assert(parameter_names<generator>[0].view() == "0.weight" && parameter_names<generator>[1].view() == "1.weight");

}  // namespace

TEST_CASE("with_label wants reals and a label of as many classes") {
  CHECK(refusal_of<input<5>, dense<6>, with_label<10>>().view() ==
        "layer 2 of 2, with_label<10>: wants a tensor of reals and a label, got (6)");
  CHECK(refusal_of<beside<input<5>, 12>, with_label<10>, dense<6>>().view() ==
        "layer 1 of 2, with_label<10>: wants a label of 10 classes, got one of 12");
  CHECK(refusal_of<beside<tokens<5, 5>, 10>, with_label<10>, dense<6>>().view() ==
        "layer 1 of 2, with_label<10>: wants a tensor of reals and a label, got x tokens (5), label labels (1)");
  CHECK(refusal_of<beside<input<3, 4>, 10>, with_label<10>>().view() ==
        "layer 1 of 1, with_label<10>: wants features or (channels,height,width) beside the label, got (3,4)");
  CHECK(refusal_of<beside<input<5>, 10>, with_label<10, embedding<0>>>().view() ==
        "layer 1 of 1, with_label<10>: wants at least one number for each integer");
}
TEST_CASE("the summary shows the code and what it is joined to") {
  const std::string_view table = summary<generator>();
  CHECK(table.find("0      embedding<16>   (16)") != std::string_view::npos);
  CHECK(table.find("0      with_label<10>  (22)") != std::string_view::npos);
}
