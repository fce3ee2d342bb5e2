#include <doctest/doctest.h>
#include <genet/kernels/add.hpp>
#include <genet/kernels/batch_norm.hpp>
#include <genet/kernels/concat.hpp>
#include <genet/kernels/dense.hpp>
#include <genet/kernels/dropout.hpp>
#include <genet/kernels/highway.hpp>
#include <genet/kernels/layer_norm.hpp>
#include <genet/kernels/per_step.hpp>
#include <genet/kernels/reordered.hpp>
#include <genet/layers/flatten.hpp>

#include <algorithm>
#include <vector>

#include "checks.hpp"
#include "convolutions.hpp"
#include "fixtures.hpp"

using namespace genet;
using namespace checks;

namespace {

using several = net<input<4, 7>, per_step<dense<5>, relu, dense<3, no_bias>>, per_step<dense<4>>, gelu, dropout<0.2>>;
static_assert(program_of<several>.n_steps == 3);  // what is element by element is computed in the products

}  // namespace

TEST_CASE("gradients, float and double, partial batches") {
  everything<several>();
  gradients_are_right<net<input<3, 5>, per_step<layer_norm>, per_step<highway>>>();
  gradients_are_right<net<input<3, 2, 2>, per_step<flatten, dense<3>>, per_step<residual<tanh_, dense<3>>>>>();
  gradients_are_right<net<input<3, 4>, per_step<heads<head<"a", dense<2>>, head<"b", dense<3>>>, concat>>>();
  gradients_are_right<net<input<3, 5>, per_step<batch_norm>>>({.rows = 3});
}
TEST_CASE("a wrong gradient is noticed") { gradients_are_wrong<net<input<3, 5>, per_step<wrong<dense<2>, 0, 0>>>>(); }
TEST_CASE("the same bits for any team, without allocation") {
  teams_agree<net<input<20, 9>, per_step<dense<30>, tanh_, dense<4>>>>();
}
TEST_CASE("the examples of a batch and their positions are alike") {
  using one = net<input<7>, dense<5>, relu, dense<3, no_bias>, dense<4>, gelu>;
  using steps = net<input<4, 7>, per_step<dense<5>, relu, dense<3, no_bias>, dense<4>, gelu>>;
  const model<one> m{seed{1}};
  const model<steps> same{seed{1}};
  CHECK(std::ranges::equal(m.parameters(), same.parameters()));
  session<one> run(12);
  session<steps> run_steps(3);
  const auto x = numbers<float>(84, 1);
  run.forward(m.view(), x.data(), 12);
  run_steps.forward(same.view(), x.data(), 3);
  CHECK(std::ranges::equal(run.output(), run_steps.output()));
}
TEST_CASE_TEMPLATE("PyTorch", T, double, float) {
  fixtures::matches<net<input<4, 6>, per_step<dense<5>, tanh_, dense<2>>>, T>("per_step");
}
