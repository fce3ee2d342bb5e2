#include <doctest/doctest.h>
#include <genet/kernels/add.hpp>
#include <genet/kernels/concat.hpp>
#include <genet/kernels/dense.hpp>
#include <genet/layers/flatten.hpp>
#include <genet/layers/reshape.hpp>

#include "checks.hpp"

using namespace genet;
using namespace checks;

namespace {

using branches = heads<head<"a", dense<3>>, head<"b", dense<4>, tanh_>, head<"c", chain<>>>;
using images = heads<head<"a", chain<>>, head<"b", flatten, dense<12>, reshape<1, 3, 4>>, head<"c", sigmoid>>;

}  // namespace

TEST_CASE("concat joins branches of different sizes") {
  everything<net<input<5>, branches, concat>>();
  everything<net<input<5>, branches, concat, dense<2>>>();
  everything<net<input<2, 3, 4>, images, concat>>();
  everything<net<input<5>, heads<head<"a", chain<>>, head<"b", chain<>>>, concat>>();  // the same tensor twice
  everything<net<input<5>, heads<head<"only", dense<3>>>, concat>>();
}
TEST_CASE("a wrong gradient is noticed") {
  gradients_are_wrong<net<input<5>, branches, wrong<concat, 0>>>();
  gradients_are_wrong<net<input<5>, branches, wrong<concat, 1>>>();
  gradients_are_wrong<net<input<5>, branches, wrong<concat, 2>>>();
}
TEST_CASE("the examples stay apart") {
  using n = net<input<2>, heads<head<"a", chain<>>, head<"b", relu>>, concat>;
  model<n> m{seed{1}};
  session<n> run(2);
  const float x[] = {1, -2, -3, 4};
  run.forward(m.view(), x, 2);
  CHECK(std::vector<float>(run.output().begin(), run.output().end()) == std::vector<float>{1, -2, 1, 0, -3, 4, 0, 4});
}
