#include <doctest/doctest.h>
#include <genet/layers/conv2d.hpp>

using namespace genet;

namespace {

using halving = conv2d<64, kernel<4>, stride<2>, padding<1>>;
constexpr answer a = halving::infer(shape_of({3, 28, 20}));
static_assert(!a.refused && a.out == shape_of({64, 14, 10}) && a.kind == element::real);
static_assert(a.n_parameters == 2 && a.n_state == 0 && a.saved == 0 && a.saved_per_batch == 0);
static_assert(a.parameters[0].name == "weight" && a.parameters[0].s == shape_of({64, 3, 4, 4}) &&
              a.parameters[0].member_of == parameter_group::weight && a.parameters[0].initial == fan_in_uniform &&
              a.parameters[0].layout == tensor_layout::filters);
static_assert(a.parameters[1].name == "bias" && a.parameters[1].s == vector_shape(64) &&
              a.parameters[1].member_of == parameter_group::bias && a.parameters[1].initial == fan_in_uniform);
static_assert(a.flops == 2L * 14 * 10 * 64 * 3 * 4 * 4 + 64 * 14 * 10);
static_assert(halving::order == feature_order::channels_last && halving::reads.x_for_dp && !halving::reads.x_for_dx);
static_assert(halving::label().view() == "conv2d<64,kernel<4>,stride<2>,padding<1>>");

using grouped = conv2d<6, groups<2>, no_bias, kernel<3, 1>, dilation<2>, weight_init<kaiming_normal>>;
constexpr answer b = grouped::infer(shape_of({4, 9, 9}));
static_assert(b.out == shape_of({6, 5, 9}) && b.n_parameters == 1 && b.parameters[0].s == shape_of({6, 2, 3, 1}) &&
              b.parameters[0].initial == kaiming_normal &&
              b.parameters[0].layout == tensor_layout(tensor_layout::filters, 2));
static_assert(grouped::label().view() == "conv2d<6,kernel<3,1>,dilation<2>,groups<2>>");

template <class Layer>
std::string_view why(shape in) {
  static const text t = Layer::infer(in).why;
  return t.view();
}

}  // namespace

TEST_CASE("conv2d refuses") {
  CHECK(why<conv2d<8, kernel<3>>>(vector_shape(784)) ==
        "wants (channels,height,width), got (784); put reshape before it");
  CHECK(why<conv2d<8>>(shape_of({3, 8, 8})) == "wants the size of its kernel: kernel<3>, kernel<3, 5>");
  CHECK(why<conv2d<0, kernel<3>>>(shape_of({3, 8, 8})) == "wants at least one channel of its output");
  CHECK(why<conv2d<8, kernel<5>, padding<1>>>(shape_of({3, 2, 8})) ==
        "its kernel reaches over 5x5 pixels, more than the 4x10 of its padded input");
  CHECK(why<conv2d<8, kernel<3>, groups<4>>>(shape_of({6, 8, 8})) ==
        "cannot divide 6 channels of its input among 4 groups");
  CHECK(why<conv2d<9, kernel<3>, groups<2>>>(shape_of({6, 8, 8})) ==
        "cannot divide 9 channels of its output among 2 groups");
  CHECK(why<conv2d<9, kernel<3>, groups<0>>>(shape_of({6, 8, 8})) == "wants at least one group, got 0");
  CHECK(conv2d<9, kernel<3>, output_padding<1>>::wrong_option().view().starts_with("output_padding<1"));
}
