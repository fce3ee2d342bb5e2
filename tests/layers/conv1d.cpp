#include <doctest/doctest.h>
#include <genet/layers/conv1d.hpp>

#include "shapes.hpp"

using namespace genet;

namespace {

using halving = conv1d<64, kernel<4>, stride<2>, padding<1>>;
constexpr answer a = halving::infer(shape_of({20, 32}));
static_assert(!a.refused && a.out == shape_of({10, 64}) && a.kind == element::real && a.scratch == 0);
static_assert(a.n_parameters == 2 && a.parameters[0].name == "weight" && a.parameters[0].s == shape_of({64, 32, 4}) &&
              a.parameters[0].layout == tensor_layout::filters && a.parameters[0].initial == fan_in_uniform);
static_assert(a.parameters[1].name == "bias" && a.parameters[1].s == vector_shape(64));
static_assert(a.flops == 2L * 10 * 64 * 32 * 4 + 10 * 64);
static_assert(halving::label().view() == "conv1d<64,kernel<4>,stride<2>,padding<1>>");

using grouped = conv1d<6, groups<2>, no_bias, kernel<3>, dilation<2>>;
static_assert(grouped::infer(shape_of({9, 4})).parameters[0].s == shape_of({6, 2, 3}));
static_assert(grouped::infer(shape_of({9, 4})).out == shape_of({5, 6}));

constexpr bundle masked = with_kind(bundle_of({shape_of({20, 32}), vector_shape(20)}), 1, element::mask);
static_assert(halving::infer(masked).out == shape_of({10, 64}) && halving::infer(masked).scratch == 2 * 20 * 32);

template <class Layer>
std::string_view why(shape in) {
  static const text t = Layer::infer(in).why;
  return t.view();
}

}  // namespace

TEST_CASE("conv1d refuses") {
  CHECK(why<conv1d<8, kernel<3>>>(vector_shape(784)) == "wants a sequence (positions,features), got (784)");
  CHECK(why<conv1d<8>>(shape_of({8, 3})) == "wants the size of its kernel: kernel<3>");
  CHECK(why<conv1d<0, kernel<3>>>(shape_of({8, 3})) == "wants at least one channel of its output");
  CHECK(why<conv1d<8, kernel<3, 5>>>(shape_of({8, 3})) == "moves in one direction: kernel<3>");
  CHECK(why<conv1d<8, kernel<-1>>>(shape_of({8, 3})) == "wants kernel<1> at least, got -1");
  CHECK(why<conv1d<8, kernel<2>, stride<-2>>>(shape_of({8, 3})) == "wants stride<1> at least, got -2");
  CHECK(why<conv1d<8, kernel<2>, padding<-1>>>(shape_of({8, 3})) == "wants padding<0> at least, got -1");
  CHECK(why<conv1d<8, kernel<9>>>(shape_of({8, 3})) ==
        "its kernel reaches over 9 positions, more than the 8 of its input");
  CHECK(why<conv1d<8, kernel<3>, dilation<4>, padding<1>>>(shape_of({6, 3})) ==
        "its kernel reaches over 9 positions, more than the 8 of its padded input");
  CHECK(why<conv1d<8, kernel<3>, groups<2>>>(shape_of({8, 3})) ==
        "cannot divide 3 channels of its input among 2 groups");
  CHECK(conv1d<8, kernel<3>>::infer(with_kind(bundle_of({shape_of({8, 3}), vector_shape(7)}), 1, element::mask))
            .why.view() == "wants a mask of 8 positions, got one of 7");
}
