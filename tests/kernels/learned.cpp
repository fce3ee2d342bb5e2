#include <doctest/doctest.h>
#include <genet/kernels/add.hpp>
#include <genet/kernels/dense.hpp>
#include <genet/kernels/learned.hpp>

#include "checks.hpp"

using namespace genet;
using namespace checks;

TEST_CASE("a learned vector") {
  everything<net<input<5>, learned<3>>>();
  everything<net<input<5>, heads<head<"a", dense<3>>, head<"b", learned<3>>>, add>>();
  everything<net<input<5>, dense<2>, learned<3>, dense<2>>>();
}
TEST_CASE("a wrong gradient is noticed") {
  gradients_are_wrong<net<input<5>, heads<head<"a", dense<3>>, head<"b", wrong<learned<3>, -1, 0>>>, add>>();
}
