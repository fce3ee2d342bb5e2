// Layers within layers, by what their gradients amount to.
#include <doctest/doctest.h>
#include <genet/declare.hpp>
#include <genet/kernels.hpp>

#include "checks.hpp"

using namespace genet;
using namespace checks;

namespace {

using block = chain<dense<6>, gelu>;
template <class... L>
using two_heads = heads<head<"a", L...>, head<"b", dense<6>, tanh_>>;

}  // namespace

TEST_CASE("repeat: each copy has its own parameters") {
  everything<net<input<6>, repeat<3, dense<6>, sigmoid>>>();
  everything<net<input<6>, repeat<2, residual<block, dense<6>>>>>();
}
TEST_CASE("nested residuals") {
  everything<net<input<6>, residual<residual<dense<6>, tanh_>, residual<block>>>>();
  everything<net<input<6>, dense<6>, residual<relu, residual<dense<6>>>, silu>>();
}
TEST_CASE("heads, joined and open") {
  everything<net<input<5>, dense<6>, two_heads<block>, concat, dense<3>>>();
  everything<net<input<5>, dense<6>, two_heads<residual<block>>, add, softmax>>();
  everything<net<input<5>, dense<6>, two_heads<relu>>>();
  everything<net<input<5>, two_heads<two_heads<dense<6>>, add>, concat>>();
}
TEST_CASE("picking one of several leaves the others out") {
  everything<net<input<5>, heads<head<"a", dense<6>>, head<"b", tanh_>>, pick<"a">, sigmoid>>();
}
TEST_CASE("views between everything") {
  everything<net<input<2, 3>, flatten, dense<12>, reshape<3, 2, 2>, elu<>, layer_norm, flatten, dense<6>,
                 reshape<2, 3>, log_softmax>>();
}
TEST_CASE("a part of a model") {
  struct inner : net<input<6>, dense<4>, relu, batch_norm> {};
  everything<net<input<5>, dense<6>, part<"one", inner>, dense<6>, part<"two", inner>>>();
}
TEST_CASE("an identity") { everything<net<input<5>, residual<chain<>>, dense<2>>>(); }
TEST_CASE("a wrong gradient deep inside is noticed") {
  gradients_are_wrong<net<input<6>, repeat<2, residual<block, wrong<dense<6>, 0>>>>>();
  gradients_are_wrong<net<input<5>, dense<6>, two_heads<residual<wrong<softmax, 0>>>, add, softmax>>();
}
