#include <doctest/doctest.h>
#include <genet/kernels/add.hpp>
#include <genet/kernels/conv_transpose2d.hpp>
#include <genet/kernels/dropout.hpp>
#include <genet/kernels/reordered.hpp>

#include "checks.hpp"
#include "convolutions.hpp"

using namespace genet;
using namespace checks;

TEST_CASE("gradients for many windows") {
  windows_are_right<net<input<1, 3, 3>, conv_transpose2d<1, kernel<3>>>>();
  windows_are_right<net<input<3, 4, 5>, conv_transpose2d<5, kernel<3>, padding<1>>>>();
  windows_are_right<net<input<2, 4, 4>, conv_transpose2d<3, kernel<4>, stride<2>, padding<1>>>>();
  windows_are_right<net<input<3, 3, 4>, conv_transpose2d<2, kernel<2, 3>, stride<3, 2>, padding<0, 2>>>>();
  windows_are_right<net<input<2, 3, 4>, conv_transpose2d<4, kernel<3>, stride<2>, padding<1>, output_padding<1>>>>();
  windows_are_right<net<input<2, 4, 3>, conv_transpose2d<3, kernel<3>, dilation<2>, padding<2, 1>, no_bias>>>();
  windows_are_right<net<input<2, 4, 5>, conv_transpose2d<3, kernel<2>, padding<2>, stride<2>>>>();
  windows_are_right<net<input<18, 3, 2>, conv_transpose2d<17, kernel<2>, stride<2>>>>();
}
TEST_CASE("gradients of windows of one pixel") {
  windows_are_right<net<input<3, 5, 4>, conv_transpose2d<5, kernel<1>>>>();
  windows_are_right<net<input<4, 5, 4>, conv_transpose2d<6, kernel<1>, groups<2>>>>();
  windows_are_right<net<input<3, 2, 3>, conv_transpose2d<5, kernel<1>, stride<2>, output_padding<1>>>>();
  windows_are_right<net<input<7, 1, 1>, conv_transpose2d<4, kernel<3>>>>();
}
TEST_CASE("gradients with groups") {
  windows_are_right<net<input<4, 3, 4>, conv_transpose2d<6, kernel<3>, groups<2>, padding<1>>>>();
  windows_are_right<net<input<5, 3, 3>, conv_transpose2d<5, kernel<3>, groups<5>, padding<1>, stride<2>>>>();
  windows_are_right<net<input<6, 3, 3>, conv_transpose2d<3, kernel<2>, groups<3>, dilation<2>>>>();
}
TEST_CASE("gradients of depthwise windows") {
  windows_are_right<net<input<17, 3, 4>, conv_transpose2d<17, kernel<3>, groups<17>, padding<1>>>>();
  windows_are_right<net<input<2, 5, 4>, conv_transpose2d<2, kernel<2, 3>, groups<2>, dilation<2, 1>, no_bias>>>();
  windows_are_right<net<input<3, 5, 4>, conv_transpose2d<3, kernel<1>, groups<3>>>>();
}
TEST_CASE("float and double, partial batches") {
  everything<net<input<4, 3, 4>, conv_transpose2d<3, kernel<4>, stride<2>, padding<1>>>>();
  everything<net<input<20, 4, 4>, conv_transpose2d<1, kernel<4>, stride<2>, padding<1>>>>();
}
TEST_CASE("element-wise layers behind are computed in the same kernel") {
  using n = net<input<2, 4, 3>, conv_transpose2d<3, kernel<3>, stride<2>>, silu, conv_transpose2d<4, kernel<2>>,
                leaky_relu<0.2>>;
  everything<n>();
  static_assert(program_of<n>.n_steps == 4);  // two convolutions, and planes to and fro
  everything<net<input<2, 3, 4>, conv_transpose2d<3, kernel<3>>, relu, dropout<0.3>, conv_transpose2d<2, kernel<1>>,
                 tanh_>>();
  everything<net<input<4, 3, 4>, conv_transpose2d<34, kernel<1>, groups<2>>, gelu, dropout<0.3>>>();
}
TEST_CASE("element-wise layers behind depthwise convolutions") {
  everything<net<input<3, 4, 5>, conv_transpose2d<3, kernel<3>, padding<1>, groups<3>>, gelu, dropout<0.3>>>();
  everything<net<input<3, 4, 5>, residual<conv_transpose2d<3, kernel<3>, padding<1>, groups<3>>>>>();
}
TEST_CASE("gradients are added where a map is read twice") {
  everything<net<input<3, 5, 4>, residual<conv_transpose2d<3, kernel<3>, padding<1>>>>>();
  everything<net<input<3, 5, 4>, residual<conv_transpose2d<3, kernel<1>>>>>();
}
TEST_CASE("a wrong gradient is noticed") {
  gradients_are_wrong<net<input<1, 3, 3>, wrong<conv_transpose2d<1, kernel<3>>, 0>>>();
  gradients_are_wrong<net<input<1, 3, 3>, wrong<conv_transpose2d<2, kernel<3>>, -1, 1>>>();
}
TEST_CASE("the same bits for any team") {
  teams_agree<net<input<3, 9, 8>, conv_transpose2d<5, kernel<3>, padding<1>>, relu>>();
  teams_agree<net<input<40, 7, 7>, conv_transpose2d<16, kernel<4>, stride<2>, padding<1>>, gelu, dropout<0.2>>>();
  teams_agree<net<input<8, 14, 14>, conv_transpose2d<8, kernel<3>, groups<4>, padding<1>>>>();
  teams_agree<net<input<20, 12, 12>, conv_transpose2d<20, kernel<3>, groups<20>, padding<1>>, relu>>();
  teams_agree<net<input<24, 12, 12>, conv_transpose2d<40, kernel<1>>>>();
}
TEST_CASE("no examples: no gradients") {
  no_examples_no_gradients<net<input<3, 5, 5>, conv_transpose2d<5, kernel<3>>>>();
  no_examples_no_gradients<net<input<5, 5, 5>, conv_transpose2d<5, kernel<3>, groups<5>>>>();
  no_examples_no_gradients<net<input<4, 5, 5>, conv_transpose2d<6, kernel<1>, groups<2>>>>();
}
TEST_CASE("each pixel adds its patch, in PyTorch's layout") {
  using n = net<input<2, 1, 2>, conv_transpose2d<1, kernel<1, 2>>>;
  model<n, double> m{seed{1}};
  m.set("0.weight", std::vector<double>{1, 2, 3, 4});
  m.set("0.bias", std::vector<double>{100});
  session<n, double> run(1);
  const double x[] = {1, 10, 1000, 0};
  run.forward(m.view(), x, 1);
  CHECK(std::vector<double>(run.output().begin(), run.output().end()) == std::vector<double>{3101, 4112, 120});
}
