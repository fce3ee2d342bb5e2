#include <doctest/doctest.h>
#include <genet/kernels/add.hpp>
#include <genet/kernels/average_pool.hpp>
#include <genet/kernels/dense.hpp>

#include "checks.hpp"

using namespace genet;
using namespace checks;

TEST_CASE("windows side by side, over each other, and apart") {
  everything<net<input<3, 5, 4>, average_pool<kernel<2>>>>();
  everything<net<input<17, 5, 7>, average_pool<kernel<3>, stride<2>, padding<1>>>>();
  everything<net<input<1, 7, 6>, average_pool<kernel<2, 3>, stride<3, 1>, padding<1, 0>>>>();
  everything<net<input<4, 3, 3>, residual<average_pool<kernel<3>, stride<1>, padding<1>>>>>();
}
TEST_CASE("the mean of all pixels") {
  everything<net<input<17, 5, 3>, global_average_pool, dense<2>>>();
  everything<net<input<3, 1, 1>, global_average_pool>>();
}
TEST_CASE("a wrong gradient is noticed") {
  gradients_are_wrong<net<input<3, 5, 4>, wrong<average_pool<kernel<2>>, 0>>>();
  gradients_are_wrong<net<input<3, 5, 4>, wrong<global_average_pool, 0>>>();
}
TEST_CASE("any number of threads gives the same bits") {
  any_team_gives_the_same_bits<net<input<5, 9, 7>, average_pool<kernel<3>, stride<2>, padding<1>>>>();
}
TEST_CASE("padding counts") {
  using n = net<input<1, 2, 2>, average_pool<kernel<2>, padding<1>>>;
  model<n> m{seed{1}};
  session<n> run(1);
  const float x[] = {4, 8, 12, 16};
  run.forward(m.view(), x, 1);
  CHECK(std::vector<float>(run.output().begin(), run.output().end()) == std::vector<float>{1, 2, 3, 4});
}
