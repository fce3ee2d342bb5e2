#include <doctest/doctest.h>
#include <genet/kernels/dense.hpp>
#include <genet/kernels/one_hot.hpp>
#include <genet/layers/flatten.hpp>

#include <vector>

#include "checks.hpp"

using namespace genet;
using namespace checks;

TEST_CASE("a one at the place of each integer") {
  using n = net<tokens<3, 2>, one_hot>;
  model<n> m{seed{1}};
  session<n> run(3);
  run.poison(9);
  const std::int32_t x[] = {0, 2, 1, 1};
  const void* in[] = {x};
  run.forward(m.view(), in, 2);
  CHECK(std::vector<float>(run.output().begin(), run.output().end()) ==
        std::vector<float>{1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0});
}
TEST_CASE("layers behind it learn") {
  everything<net<labels<5>, one_hot, dense<3>>>();
  everything<net<tokens<5, 3>, one_hot, flatten, dense<2>>>();
}
