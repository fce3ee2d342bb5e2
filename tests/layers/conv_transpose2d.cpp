#include <doctest/doctest.h>
#include <genet/layers/conv_transpose2d.hpp>

using namespace genet;

namespace {

using doubling = conv_transpose2d<64, kernel<4>, stride<2>, padding<1>>;
constexpr answer a = doubling::infer(shape_of({3, 14, 10}));
static_assert(!a.refused && a.out == shape_of({64, 28, 20}) && a.kind == element::real);
static_assert(a.n_parameters == 2 && a.n_state == 0 && a.saved == 0 && a.saved_per_batch == 0);
static_assert(a.parameters[0].name == "weight" && a.parameters[0].s == shape_of({3, 64, 4, 4}) &&
              a.parameters[0].member_of == parameter_group::weight && a.parameters[0].initial == fan_in_uniform &&
              a.parameters[0].layout == tensor_layout::turned_filters);
static_assert(a.parameters[1].name == "bias" && a.parameters[1].s == vector_shape(64) &&
              a.parameters[1].member_of == parameter_group::bias);
static_assert(a.flops == 2L * 14 * 10 * 64 * 3 * 4 * 4 + 64 * 28 * 20);
static_assert(doubling::order == feature_order::channels_last && doubling::reads.x_for_dp);
static_assert(doubling::label().view() == "conv_transpose2d<64,kernel<4>,stride<2>,padding<1>>");

using grouped = conv_transpose2d<6, stride<2, 3>, groups<2>, no_bias, kernel<3>, output_padding<1, 2>>;
constexpr answer b = grouped::infer(shape_of({4, 5, 5}));
static_assert(b.out == shape_of({6, 12, 17}) && b.n_parameters == 1 && b.parameters[0].s == shape_of({4, 3, 3, 3}) &&
              b.parameters[0].layout == tensor_layout(tensor_layout::turned_filters, 2));

template <class Layer>
std::string_view why(shape in) {
  static const text t = Layer::infer(in).why;
  return t.view();
}

}  // namespace

TEST_CASE("conv_transpose2d refuses") {
  CHECK(why<conv_transpose2d<8, kernel<3>>>(vector_shape(784)) ==
        "wants (channels,height,width), got (784); put reshape before it");
  CHECK(why<conv_transpose2d<8>>(shape_of({3, 8, 8})) == "wants the size of its kernel: kernel<3>, kernel<3, 5>");
  CHECK(why<conv_transpose2d<8, kernel<3>, groups<3>>>(shape_of({6, 8, 8})) ==
        "cannot divide 8 channels of its output among 3 groups");
  CHECK(why<conv_transpose2d<8, kernel<3>, stride<2>, output_padding<2>>>(shape_of({6, 8, 8})) ==
        "wants an output padding below its stride or its dilation, got 2x2");
  CHECK(why<conv_transpose2d<8, kernel<2>, padding<3>>>(shape_of({6, 4, 4})) ==
        "leaves no pixels: padding takes more than the 4x4 pixels of its input become");
  CHECK(!conv_transpose2d<8, kernel<3>, dilation<2>, output_padding<1>>::infer(shape_of({6, 8, 8})).refused);
}
