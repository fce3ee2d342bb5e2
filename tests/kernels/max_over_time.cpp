#include <doctest/doctest.h>
#include <genet/kernels/add.hpp>
#include <genet/kernels/max_over_time.hpp>

#include <cmath>
#include <limits>
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
  everything<net<input<5, 19>, max_over_time>>();
  everything<net<masked<3, 4>, max_over_time>>();
  gradients_are_right<net<masked<6, 2>, heads<head<"a", max_over_time>, head<"b", max_over_time>>>>();
}
TEST_CASE("a wrong gradient is noticed") { gradients_are_wrong<net<input<5, 4>, wrong<max_over_time, 0>>>(); }
TEST_CASE("any number of threads gives the same bits") {
  any_team_gives_the_same_bits<net<masked<40, 20>, max_over_time>>();
}
TEST_CASE("the first of several largest values, of what counts; nothing counts: 0; a NaN stays") {
  using n = net<masked<3, 2>, max_over_time>;
  const model<n> m{seed{1}};
  session<n, float, capability::full_gradient> run(3);
  const float none = -std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const float x[] = {9, 9, 1, -2, 1, -1, /**/ 1, 2, 3, 4, 5, 6, /**/ none, nan, none, 7, 5, 8};
  const std::int32_t counts[] = {0, 1, 1, /**/ 0, 0, 0, /**/ 1, 1, 0};
  const void* in[] = {x, counts};
  run.forward(m.view(), in, 3);
  CHECK(std::vector<float>(run.output().begin(), run.output().begin() + 5) == std::vector<float>{1, -1, 0, 0, none});
  CHECK(std::isnan(run.output()[5]));
  for (int i = 0; i < 6; ++i) run.output_gradient()[static_cast<std::size_t>(i)] = static_cast<float>(i + 1);
  run.backward(m.view(), nullptr);
  CHECK(std::vector<float>(run.input_gradient().begin(), run.input_gradient().end()) ==
        std::vector<float>{0, 0, 1, 0, 0, 2, /**/ 0, 0, 0, 0, 0, 0, /**/ 5, 6, 0, 0, 0, 0});
}
TEST_CASE_TEMPLATE("PyTorch", T, double, float) {
  fixtures::matches<net<input<9, 4>, max_over_time>, T>("max_over_time");
  fixtures::matches<net<inputs<named<"x", input<6, 5>>, named<"mask", mask<6>>>, max_over_time>, T>(
      "max_over_time_masked");
}
