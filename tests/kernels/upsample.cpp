#include <doctest/doctest.h>
#include <genet/kernels/add.hpp>
#include <genet/kernels/average_pool.hpp>
#include <genet/kernels/upsample.hpp>

#include "checks.hpp"

using namespace genet;
using namespace checks;

TEST_CASE("copies of pixels") {
  everything<net<input<3, 4, 5>, upsample<2>>>();
  everything<net<input<17, 2, 1>, upsample<3>>>();
  everything<net<input<2, 4, 6>, residual<average_pool<kernel<2>>, upsample<2>>>>();
  everything<net<input<3, 4, 5>, upsample<1>>>();
}
TEST_CASE("straight lines between pixels") {
  everything<net<input<3, 4, 5>, upsample<2, bilinear>>>();
  everything<net<input<17, 2, 1>, upsample<3, bilinear>>>();
  everything<net<input<1, 3, 3>, upsample<4, bilinear>>>();
  everything<net<input<3, 2, 2>, heads<head<"a", upsample<2>>, head<"b", upsample<2, bilinear>>>, add>>();
}
TEST_CASE("a wrong gradient is noticed") {
  gradients_are_wrong<net<input<3, 5, 4>, wrong<upsample<2>, 0>>>();
  gradients_are_wrong<net<input<3, 5, 4>, wrong<upsample<2, bilinear>, 0>>>();
}
TEST_CASE("any number of threads gives the same bits") {
  any_team_gives_the_same_bits<net<input<5, 3, 4>, upsample<2, bilinear>, upsample<2>>>();
}
TEST_CASE("a constant map stays constant") {
  using n = net<input<1, 3, 2>, upsample<3, bilinear>>;
  model<n, double> m{seed{1}};
  session<n, double> run(1);
  const double x[] = {7, 7, 7, 7, 7, 7};
  run.forward(m.view(), x, 1);
  for (const double y : run.output()) CHECK(y == doctest::Approx(7).epsilon(1e-15));
}
