#include <doctest/doctest.h>
#include <genet/declare/stepping.hpp>
#include <genet/declare/summary.hpp>
#include <genet/layers/activations.hpp>
#include <genet/layers/conv2d.hpp>
#include <genet/layers/dense.hpp>
#include <genet/layers/dropout.hpp>
#include <genet/layers/flatten.hpp>
#include <genet/layers/gaussian_noise.hpp>
#include <genet/layers/gru.hpp>
#include <genet/layers/per_step.hpp>

#include "shapes.hpp"

using namespace genet;

namespace {

struct n : net<input<9, 4>, per_step<dense<8>, relu, dense<6, name<"second">>>, per_step<dense<5>>, tanh_,
               named<"third", per_step<dense<3>>>, per_step<dropout<0.1>>, per_step<gaussian_noise<1>>> {};
static_assert(n::output_shape == shape_of({9, 3}));
static_assert(n::parameter_count == 4 * 8 + 8 + 8 * 6 + 6 + 6 * 5 + 5 + 5 * 3 + 3);
static_assert(
    n::flops ==
    9 * (net<input<4>, dense<8>, relu, dense<6>, dense<5>, tanh_, dense<3>, dropout<0.1>, gaussian_noise<1>>::flops));
static_assert(parameter_names<n>[0].view() == "0.0.weight" && parameter_names<n>[2].view() == "0.second.weight" &&
              parameter_names<n>[4].view() == "1.weight" && parameter_names<n>[6].view() == "third.weight");
static_assert(program_of<n>.n_steps == 5 && n::counts.draws == 2);
static_assert(!stepping_verdict<n>().refused);

using inside =
    net<input<5, 2, 3>, per_step<flatten, residual<dense<6>>, heads<head<"a", dense<1>>, head<"b", relu>>>>;
static_assert(inside::outputs[0].s == shape_of({5, 1}) && inside::outputs[1].s == shape_of({5, 6}));
static_assert(net<input<7, 5, 3>, per_step<per_step<dense<2>>>>::output_shape == shape_of({7, 5, 2}));

template <class Source, class... L>
std::string_view why() {
  static const text t = refusal_of<Source, L...>();
  return t.view();
}

}  // namespace

TEST_CASE("per_step refuses what it cannot apply, with its place") {
  CHECK(why<input<20>, per_step<dense<4>>>() ==
        "layer 1 of 1, per_step<dense<4>>: wants positions of reals (positions,features...), got (20)");
  CHECK(why<tokens<9, 20>, per_step<dense<4>>>() ==
        "layer 1 of 1, per_step<dense<4>>: wants positions of reals (positions,features...), got tokens (20)");
  CHECK(why<input<5, 2, 3>, relu, per_step<relu, dense<4>>>() ==
        "layer 2 of 2, per_step, layer 2 of 2, per_step<dense<4>>: wants a vector, got (2,3); put flatten before it");
  CHECK(why<input<5, 2, 3, 3>, per_step<conv2d<4, kernel<2>>>>() ==
        "layer 1 of 1, per_step<conv2d<4,kernel<2>>>: cannot stand in per_step: it takes feature maps");
  CHECK(why<input<5, 2, 3>, per_step<gru<4>>>() ==
        "layer 1 of 1, per_step<gru<4>>: cannot stand in per_step: it goes along a sequence itself");
  CHECK(why<input<5, 3>, per_step<per_step<dense<2>>>>() ==
        "layer 1 of 1, per_step, chain, per_step<per_step<dense<2>>>: wants positions of reals "
        "(positions,features...), got (3)");
  CHECK(why<input<5, 2>, per_step<dense<4, kernel<2>>>>().starts_with(
      "layer 1 of 1, per_step<dense<4>>: does not take the option kernel<2"));
}
