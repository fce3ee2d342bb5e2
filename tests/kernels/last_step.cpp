#include <doctest/doctest.h>
#include <genet/kernels/last_step.hpp>

#include <vector>

#include "checks.hpp"
#include "fixtures.hpp"

using namespace genet;
using namespace checks;

namespace {

template <int L, int F>
using masked = inputs<named<"x", input<L, F>>, named<"counts", mask<L>>>;

}  // namespace

TEST_CASE("gradients, with and without a mask, also where they are added") {
  everything<net<input<5, 3>, last_step>>();
  everything<net<masked<3, 4>, last_step>>();
  gradients_are_right<net<masked<6, 2>, heads<head<"a", last_step>, head<"b", last_step>>>>();
}
TEST_CASE("a wrong gradient is noticed") { gradients_are_wrong<net<input<5, 4>, wrong<last_step, 0>>>(); }
TEST_CASE("the last position that counts; nothing counts: 0") {
  using n = net<masked<3, 2>, last_step>;
  const model<n> m{seed{1}};
  session<n> run(3);
  const float x[] = {1, 2, 3, 4, 5, 6, /**/ 1, 2, 3, 4, 5, 6, /**/ 1, 2, 3, 4, 5, 6};
  const std::int32_t counts[] = {1, 1, 0, /**/ 0, 0, 0, /**/ 0, 0, 1};
  const void* in[] = {x, counts};
  run.forward(m.view(), in, 3);
  CHECK(std::vector<float>(run.output().begin(), run.output().end()) == std::vector<float>{3, 4, 0, 0, 5, 6});
}
TEST_CASE_TEMPLATE("PyTorch", T, double, float) {
  fixtures::matches<net<inputs<named<"x", input<6, 5>>, named<"mask", mask<6>>>, last_step>, T>("last_step_masked");
}
