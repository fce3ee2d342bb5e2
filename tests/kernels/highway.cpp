#include <doctest/doctest.h>
#include <genet/kernels/add.hpp>
#include <genet/kernels/highway.hpp>

#include <cmath>
#include <vector>

#include "checks.hpp"
#include "convolutions.hpp"
#include "fixtures.hpp"

using namespace genet;
using namespace checks;

TEST_CASE("gradients, float and double, partial batches") {
  everything<net<input<19>, highway>>();
  gradients_are_right<net<input<1>, residual<highway_with<name<"gate">>>>>();
}
TEST_CASE("a wrong gradient is noticed") {
  gradients_are_wrong<net<input<5>, wrong<highway, 0>>>();
  gradients_are_wrong<net<input<5>, wrong<highway, -1, 3>>>();
}
TEST_CASE("the same bits for any team, without allocation") { teams_agree<net<input<130>, highway>>(); }
TEST_CASE("t relu(W x + b) + (1 - t) x") {
  using n = net<input<2>, highway>;
  model<n, double> m{seed{1}};
  m.set("0.weight", std::vector<double>{1, 2, 3, 4});
  m.set("0.bias", std::vector<double>{0.5, -20});
  m.set("0.gate_weight", std::vector<double>{0, 1, 1, 0});
  m.set("0.gate_bias", std::vector<double>{-1, 1});
  session<n, double> run(1);
  const double x[] = {2, -0.5};
  run.forward(m.view(), x, 1);
  const auto sigmoid_of = [](double v) { return 1 / (1 + std::exp(-v)); };
  const double t = sigmoid_of(-1.5), u = sigmoid_of(3.0);
  CHECK(run.output()[0] == doctest::Approx(t * 1.5 + (1 - t) * 2));
  CHECK(run.output()[1] == doctest::Approx((1 - u) * -0.5));
}
TEST_CASE_TEMPLATE("PyTorch", T, double, float) { fixtures::matches<net<input<7>, highway>, T>("highway"); }
