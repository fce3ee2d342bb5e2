#include <doctest/doctest.h>
#include <genet/declare/options.hpp>

using namespace genet;

namespace {

template <class... O>
using moving = options<windowing | dilating | grouping | enlarging, O...>;

constexpr window none = moving<>::values.moving;
static_assert(none.kernel == height_width{} && none.stride == height_width{} && none.padding == height_width{} &&
              none.dilation == height_width{1, 1} && moving<>::values.groups == 1);
static_assert(none.by_default({1, 1}).stride == height_width{1, 1});

// One number or two, in any order.
using options_of_one = moving<padding<1, 2>, groups<3>, kernel<4>, output_padding<1>, dilation<2, 3>, stride<2>>;
constexpr window one = options_of_one::values.moving;
static_assert(one.kernel == height_width{4, 4} && one.stride == height_width{2, 2} &&
              one.padding == height_width{1, 2} && one.dilation == height_width{2, 3} &&
              one.output_padding == height_width{1, 1} && options_of_one::values.groups == 3);
static_assert(one.by_default({1, 1}).stride == height_width{2, 2});
static_assert(one.label().view() == "kernel<4>,stride<2>,padding<1,2>,dilation<2,3>,output_padding<1>");
static_assert(moving<kernel<3, 5>>::values.moving.label().view() == "kernel<3,5>");

constexpr window of(height_width kernel, height_width stride, height_width padding, height_width dilation = {1, 1},
                    height_width output_padding = {}) {
  return {kernel, stride, padding, dilation, output_padding};
}

// PyTorch's rules.
static_assert(of({4, 4}, {2, 2}, {1, 1}).places({28, 28}) == height_width{14, 14});
static_assert(of({3, 5}, {2, 3}, {0, 1}).places({10, 11}) == height_width{4, 3});
static_assert(of({3, 3}, {1, 1}, {2, 2}, {2, 2}).places({7, 8}) == height_width{7, 8});
static_assert(of({4, 4}, {2, 2}, {1, 1}).spread({7, 7}) == height_width{14, 14});
static_assert(of({3, 3}, {2, 2}, {1, 1}, {1, 1}, {1, 0}).spread({4, 4}) == height_width{8, 7});
static_assert(of({3, 3}, {2, 3}, {1, 1}, {2, 2}).spread({4, 4}) == height_width{9, 12});

}  // namespace

TEST_CASE("windows that cannot be are refused") {
  CHECK(none.refusal().view() == "wants the size of its kernel: kernel<3>, kernel<3, 5>");
  CHECK(of({0, 3}, {1, 1}, {}).refusal().view() == "wants a kernel of at least 1x1, got 0x3");
  CHECK(of({3, 3}, {1, 0}, {}).refusal().view() == "wants a stride of at least 1x1, got 1x0");
  CHECK(of({3, 3}, {1, 1}, {-1, 0}).refusal().view() == "wants a padding of at least 0x0, got -1x0");
  CHECK(of({3, 3}, {1, 1}, {}, {0, 1}).refusal().view() == "wants a dilation of at least 1x1, got 0x1");
  CHECK(of({3, 3}, {1, 1}, {}, {1, 1}, {0, -2}).refusal().view() ==
        "wants an output padding of at least 0x0, got 0x-2");
  CHECK(of({3, 3}, {1, 1}, {}).refusal().size() == 0);
}
TEST_CASE("windows need a place on the map") {
  CHECK(of({5, 5}, {1, 1}, {}).refusal({4, 9}).view() ==
        "its kernel reaches over 5x5 pixels, more than the 4x9 of its input");
  CHECK(of({5, 3}, {1, 1}, {1, 0}, {2, 1}).refusal({6, 9}).view() ==
        "its kernel reaches over 9x3 pixels, more than the 8x9 of its padded input");
  CHECK(of({5, 5}, {1, 1}, {1, 1}).refusal({3, 3}).size() == 0);
}
TEST_CASE("what wants a feature map refuses another shape") {
  CHECK(wants_feature_map(vector_shape(784)).why.view() ==
        "wants (channels,height,width), got (784); put reshape before it");
  CHECK(wants_feature_map(shape_of({3, 4})).why.view() == "wants (channels,height,width), got (3,4)");
}
