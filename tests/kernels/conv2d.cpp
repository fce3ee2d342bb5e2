#include <doctest/doctest.h>
#include <genet/kernels/add.hpp>
#include <genet/kernels/conv2d.hpp>
#include <genet/kernels/dense.hpp>
#include <genet/kernels/dropout.hpp>
#include <genet/kernels/reordered.hpp>

#include "checks.hpp"
#include "convolutions.hpp"

using namespace genet;
using namespace checks;

TEST_CASE("gradients for many windows") {
  windows_are_right<net<input<1, 5, 5>, conv2d<1, kernel<3>>>>();
  windows_are_right<net<input<3, 7, 5>, conv2d<5, kernel<3>, padding<1>>>>();
  windows_are_right<net<input<2, 8, 8>, conv2d<3, kernel<4>, stride<2>, padding<1>>>>();
  windows_are_right<net<input<3, 9, 11>, conv2d<2, kernel<2, 3>, stride<3, 2>, padding<0, 2>>>>();
  windows_are_right<net<input<2, 9, 7>, conv2d<4, kernel<3>, dilation<2>, padding<2>, stride<2>>>>();
  windows_are_right<net<input<3, 4, 6>, conv2d<2, kernel<4, 6>>>>();
  windows_are_right<net<input<2, 6, 5>, conv2d<3, kernel<3>, padding<4>, stride<2>>>>();  // patches of zeros alone
  windows_are_right<net<input<18, 3, 4>, conv2d<17, kernel<2>, padding<1>>>>();
  windows_are_right<net<input<2, 3, 8>, conv2d<3, kernel<1, 5>, dilation<1, 2>, padding<0, 4>, no_bias>>>();
}
TEST_CASE("gradients of windows of one pixel") {
  windows_are_right<net<input<3, 5, 4>, conv2d<5, kernel<1>>>>();
  windows_are_right<net<input<4, 5, 4>, conv2d<6, kernel<1>, groups<2>>>>();
  windows_are_right<net<input<3, 5, 4>, conv2d<5, kernel<1>, stride<2>>>>();
  windows_are_right<net<input<7, 1, 1>, conv2d<4, kernel<3>, padding<1>>>>();
}
TEST_CASE("gradients with groups") {
  windows_are_right<net<input<4, 5, 6>, conv2d<6, kernel<3>, groups<2>, padding<1>>>>();
  windows_are_right<net<input<5, 6, 5>, conv2d<5, kernel<3>, groups<5>, padding<1>, stride<2>>>>();
  windows_are_right<net<input<3, 5, 5>, conv2d<6, kernel<2>, groups<3>, dilation<2>>>>();
}
TEST_CASE("gradients of depthwise windows") {
  windows_are_right<net<input<17, 3, 4>, conv2d<17, kernel<3>, groups<17>, padding<1>>>>();
  windows_are_right<net<input<2, 5, 4>, conv2d<2, kernel<2, 3>, groups<2>, dilation<2, 1>, no_bias>>>();
  windows_are_right<net<input<3, 5, 4>, conv2d<3, kernel<1>, groups<3>>>>();
}
TEST_CASE("float and double, partial batches") {
  everything<net<input<3, 6, 5>, conv2d<4, kernel<3>, stride<2>, padding<1>>>>();
  everything<net<input<1, 8, 8>, conv2d<20, kernel<4>, stride<2>, padding<1>>>>();
}
TEST_CASE("element-wise layers behind are computed in the product") {
  using n =
      net<input<2, 5, 4>, conv2d<3, kernel<3>, padding<1>>, silu, conv2d<4, kernel<2>, groups<1>>, leaky_relu<0.2>>;
  everything<n>();
  static_assert(program_of<n>.n_steps == 4);  // two convolutions, and planes to and fro
  everything<net<input<2, 5, 4>, conv2d<3, kernel<3>>, relu, dropout<0.3>, conv2d<2, kernel<1>>, tanh_>>();
  everything<net<input<4, 5, 4>, conv2d<34, kernel<3>, groups<2>>, gelu, dropout<0.3>>>();
}
TEST_CASE("element-wise layers behind depthwise convolutions") {
  everything<net<input<3, 4, 5>, conv2d<3, kernel<3>, padding<1>, groups<3>>, gelu, dropout<0.3>>>();
  everything<net<input<3, 4, 5>, residual<conv2d<3, kernel<3>, padding<1>, groups<3>>>>>();
}
TEST_CASE("gradients are added where a map is read twice") {
  everything<net<input<3, 5, 4>, residual<conv2d<3, kernel<3>, padding<1>>>>>();
  everything<net<input<3, 5, 4>, residual<conv2d<3, kernel<1>>>>>();
}
TEST_CASE("a wrong gradient is noticed") {
  gradients_are_wrong<net<input<1, 5, 5>, wrong<conv2d<1, kernel<3>>, 0>>>();
  gradients_are_wrong<net<input<1, 5, 5>, wrong<conv2d<2, kernel<3>>, -1, 1>>>();
}
TEST_CASE("the same bits for any team") {
  teams_agree<net<input<3, 9, 8>, conv2d<5, kernel<3>, padding<1>>, relu>>();
  teams_agree<net<input<16, 14, 14>, conv2d<40, kernel<4>, stride<2>, padding<1>>, gelu, dropout<0.2>>>();
  teams_agree<net<input<8, 14, 14>, conv2d<8, kernel<3>, groups<4>, padding<1>>>>();
  teams_agree<net<input<20, 12, 12>, conv2d<20, kernel<3>, groups<20>, padding<1>>, relu>>();
  teams_agree<net<input<24, 12, 12>, conv2d<40, kernel<1>>>>();
}
TEST_CASE("no examples: no gradients") {
  no_examples_no_gradients<net<input<3, 5, 5>, conv2d<5, kernel<3>>>>();
  no_examples_no_gradients<net<input<5, 5, 5>, conv2d<5, kernel<3>, groups<5>>>>();
  no_examples_no_gradients<net<input<4, 5, 5>, conv2d<6, kernel<1>, groups<2>>>>();
}
TEST_CASE("y = sum of weight times window + bias, in PyTorch's layout") {
  using n = net<input<2, 2, 2>, conv2d<1, kernel<2, 1>>>;
  model<n, double> m{seed{1}};
  m.set("0.weight", std::vector<double>{1, 2, 3, 4});
  m.set("0.bias", std::vector<double>{100});
  session<n, double> run(1);
  const double x[] = {1, 0, 0, 1, 10, 0, 0, 10};
  run.forward(m.view(), x, 1);
  CHECK(std::vector<double>(run.output().begin(), run.output().end()) == std::vector<double>{131, 142});
}
