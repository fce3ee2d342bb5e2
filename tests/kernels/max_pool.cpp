#include <doctest/doctest.h>
#include <genet/kernels/add.hpp>
#include <genet/kernels/max_pool.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include "checks.hpp"

using namespace genet;
using namespace checks;

TEST_CASE("windows side by side, over each other, and apart") {
  everything<net<input<3, 5, 4>, max_pool<kernel<2>>>>();
  everything<net<input<17, 5, 7>, max_pool<kernel<3>, stride<2>, padding<1>>>>();
  everything<net<input<1, 7, 6>, max_pool<kernel<2, 3>, stride<3, 1>, padding<1, 0>>>>();
  everything<net<input<2, 5, 5>, max_pool<kernel<1>, stride<3>>>>();
  everything<net<input<4, 3, 3>, residual<max_pool<kernel<3>, stride<1>, padding<1>>>>>();
}
TEST_CASE("a wrong gradient is noticed") {
  gradients_are_wrong<net<input<3, 5, 4>, wrong<max_pool<kernel<2>>, 0>>>();
}
TEST_CASE("any number of threads gives the same bits") {
  any_team_gives_the_same_bits<net<input<5, 9, 7>, max_pool<kernel<3>, stride<2>, padding<1>>>>();
}
TEST_CASE("the first of several largest values takes the gradient; padding is below everything, a NaN above") {
  using n = net<input<1, 2, 4>, max_pool<kernel<2>>>;
  model<n> m{seed{1}};
  session<n, float, capability::full_gradient> run(1);
  const float x[] = {3, 3, -1, -2, 3, 1, -1, -1};
  run.forward(m.view(), x, 1);
  CHECK(run.output()[0] == 3);
  CHECK(run.output()[1] == -1);
  run.output_gradient()[0] = 5;
  run.output_gradient()[1] = 7;
  run.backward(m.view(), m.parameters().data());
  CHECK(std::vector<float>(run.input_gradient().begin(), run.input_gradient().end()) ==
        std::vector<float>{5, 0, 7, 0, 0, 0, 0, 0});

  using padded = net<input<1, 1, 2>, max_pool<kernel<2>, padding<1>>>;
  model<padded> p{seed{1}};
  session<padded> run_padded(1);
  const float low[] = {-7, std::numeric_limits<float>::quiet_NaN()};
  run_padded.forward(p.view(), low, 1);
  CHECK(run_padded.output()[0] == -7);
  CHECK(std::isnan(run_padded.output()[1]));
}
