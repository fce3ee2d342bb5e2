#include <doctest/doctest.h>
#include <genet/kernels/add.hpp>
#include <genet/kernels/dense.hpp>

#include "checks.hpp"

using namespace genet;
using namespace checks;

namespace {

template <class... L>
using branches = heads<head<"a", dense<5>>, head<"b", L...>, head<"c", tanh_>>;

}  // namespace

TEST_CASE("add joins branches over the same input") {
  everything<net<input<5>, branches<sigmoid>, add>>();
  everything<net<input<5>, heads<head<"a", dense<5>>, head<"b", tanh_>>, add>>();
  everything<net<input<5>, heads<head<"a", dense<5>, tanh_>>, add>>();
}
TEST_CASE("the same tensor twice") {
  everything<net<input<5>, heads<head<"a", chain<>>, head<"b", chain<>>>, add>>();
}
TEST_CASE("residual adds its input") {
  everything<net<input<5>, residual<chain<>>>>();
  everything<net<input<5>, residual<tanh_>, residual<dense<5>, tanh_>>>();
}
TEST_CASE("a wrong gradient is noticed") {
  gradients_are_wrong<net<input<5>, branches<sigmoid>, wrong<add, 0>>>();
  gradients_are_wrong<net<input<5>, branches<sigmoid>, wrong<add, 1>>>();
  gradients_are_wrong<net<input<5>, branches<sigmoid>, wrong<add, 2>>>();
}
