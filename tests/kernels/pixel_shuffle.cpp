#include <doctest/doctest.h>
#include <genet/kernels/add.hpp>
#include <genet/kernels/pixel_shuffle.hpp>

#include <vector>

#include "checks.hpp"

using namespace genet;
using namespace checks;

TEST_CASE("channels become pixels") {
  everything<net<input<12, 3, 2>, pixel_shuffle<2>>>();
  everything<net<input<9, 2, 5>, pixel_shuffle<3>>>();
  everything<net<input<4, 3, 2>, heads<head<"a", pixel_shuffle<2>>, head<"b", pixel_shuffle<2>>>, add>>();
}
TEST_CASE("a wrong gradient is noticed") {
  gradients_are_wrong<net<input<4, 3, 2>, wrong<pixel_shuffle<2>, 0>>>();
}
TEST_CASE("channel i r + j is at line i, column j") {
  using n = net<input<4, 1, 1>, pixel_shuffle<2>>;
  model<n> m{seed{1}};
  session<n> run(1);
  const float x[] = {1, 2, 3, 4};
  run.forward(m.view(), x, 1);
  CHECK(std::vector<float>(run.output().begin(), run.output().end()) == std::vector<float>{1, 2, 3, 4});
}
