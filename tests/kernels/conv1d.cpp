#include <doctest/doctest.h>
#include <genet/kernels/conv1d.hpp>
#include <genet/kernels/dropout.hpp>
#include <genet/kernels/reordered.hpp>
#include <genet/kernels/spectral_norm.hpp>

#include <vector>

#include "checks.hpp"
#include "convolutions.hpp"
#include "fixtures.hpp"

using namespace genet;
using namespace checks;

namespace {

template <int L, int F>
using masked = inputs<named<"x", input<L, F>>, named<"counts", mask<L>>>;

/// Twice the same sequences: beside a mask, and with zeros in their place.
template <class Layer, int L, int F>
void zeros_take_the_place_of_what_does_not_count() {
  using with = net<masked<L, F>, Layer>;
  using without = net<input<L, F>, Layer>;
  const model<with> m{seed{1}};
  const model<without> same{seed{1}};
  session<with> run(4);
  session<without> run_same(4);
  auto x = numbers<float>(4 * L * F, 1);
  const std::vector<std::int32_t> counts = examples_of<float>(with::net_type::source, 4, 7).integers[1];
  const void* in[] = {x.data(), counts.data()};
  run.forward(m.view(), in, 4);
  auto zeroed = x;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (counts[i / F] == 0) zeroed[i] = 0;
  run_same.forward(same.view(), zeroed.data(), 4);
  CHECK(std::ranges::equal(run.output(), run_same.output()));
}

}  // namespace

TEST_CASE("gradients for windows, groups, and longer kernels than sequences") {
  everything<net<input<9, 3>, conv1d<5, kernel<4>, stride<2>, padding<1>>, silu, conv1d<2, kernel<2>>>>();
  windows_are_right<net<input<7, 18>, conv1d<17, kernel<3>, dilation<2>, no_bias>>>();
  windows_are_right<net<input<2, 6>, conv1d<4, kernel<5>, padding<4>, groups<2>>>>();
  windows_are_right<net<input<5, 4>, conv1d<4, kernel<1>, groups<4>>, dropout<0.3>>>();
}
TEST_CASE("gradients beside a mask, in any order, also where they are added") {
  gradients_are_right<net<masked<9, 4>, conv1d<5, kernel<3>, padding<1>>, tanh_>>();
  using order = inputs<named<"counts", mask<6>>, named<"x", input<6, 3>>>;
  using twice = heads<head<"a", conv1d<2, kernel<3>>>, head<"b", conv1d<1, kernel<4>>>>;
  gradients_are_right<net<order, twice>>();
}
TEST_CASE("a wrong gradient is noticed") {
  gradients_are_wrong<net<input<9, 3>, wrong<conv1d<2, kernel<3>>, 0>>>();
  gradients_are_wrong<net<masked<9, 3>, wrong<conv1d<2, kernel<3>>, -1, 1>>>();
}
TEST_CASE("the same bits for any team, without allocation") {
  teams_agree<net<input<40, 12>, conv1d<9, kernel<5>, padding<2>>, relu>>();
}
TEST_CASE("positions that do not count are zeros") {
  zeros_take_the_place_of_what_does_not_count<conv1d<5, kernel<3>, padding<1>>, 9, 4>();
}
TEST_CASE("its weight takes spectral_norm") {
  gradients_are_right<net<input<6, 3>, spectral_norm<conv1d<4, kernel<2>>>>>();
}
TEST_CASE("a mask of other numbers is told") {
  using n = net<masked<3, 2>, conv1d<1, kernel<2>>>;
  const model<n> m{seed{1}};
  session<n> run(1);
  const float x[6] = {};
  const std::int32_t counts[] = {1, 1, 2};
  const void* in[] = {x, counts};
  CHECK_THROWS_WITH_AS(run.forward(m.view(), in, 1),
                       "conv1d<1,kernel<2>>: example 0, position 2: got 2, expected 0 to 1", bad_input);
}
TEST_CASE_TEMPLATE("PyTorch", T, double, float) {
  fixtures::matches<net<input<9, 4>, conv1d<5, kernel<3>, stride<2>, padding<1>>>, T>("conv1d");
  fixtures::matches<net<input<9, 4>, conv1d<6, kernel<2>, dilation<3>, groups<2>, no_bias>>, T>("conv1d_dilated");
  fixtures::matches<net<inputs<named<"x", input<6, 5>>, named<"mask", mask<6>>>, conv1d<3, kernel<3>, padding<1>>>,
                    T>("conv1d_masked");
}
