#pragma once
#include "../declare/options.hpp"

namespace genet::inline GENET_ISA {

/// Transposed convolution: the gradient of a convolution as a layer, which makes maps larger. (C,H,W) to (N,H',W'),
/// H' = (H - 1) stride - 2 padding + dilation (kernel - 1) + output_padding + 1. Parameters `weight` (C,N/groups,h,w)
/// and `bias` (N). PyTorch: nn.ConvTranspose2d, also in its initial values. Options: kernel (has to be said), stride,
/// padding, output_padding, dilation, groups, name, weight_init, bias_init, no_bias. Element-wise layers behind it
/// are computed in the same kernel.
template <int N, class... O>
struct conv_transpose2d
    : options<naming | initialising | biasing | windowing | dilating | grouping | enlarging, O...> {
  using takes_epilogue = conv_transpose2d;
  using is_linear = void;
  static constexpr needs reads{.x_for_dp = true};
  static constexpr feature_order order = feature_order::channels_last;
  static constexpr bool has_bias = conv_transpose2d::values.with_bias;
  static constexpr window moving = conv_transpose2d::values.moving.by_default({1, 1});
  static constexpr int groups = conv_transpose2d::values.groups;

  static constexpr text label() {
    return label_of_convolution("conv_transpose2d", N, conv_transpose2d::values.moving, groups);
  }
  static constexpr answer infer(shape in) {
    if (N < 1) return refuse("wants at least one channel of its output");
    if (in.rank != 3) return wants_feature_map(in);
    if (const text why = refusal_of_groups(groups, in[0], N); why.size()) return refuse(why);
    if (const text why = moving.refusal_of_spread(map_size(in)); why.size()) return refuse(why);
    const height_width to = moving.spread(map_size(in)), k = moving.kernel;
    const shape weight{4, {in[0], N / (groups > 0 ? groups : 1), k.height, k.width}}, out{3, {N, to.height, to.width}};
    answer a = gives(out).with("weight", weight, parameter_group::weight, conv_transpose2d::values.weight,
                               {tensor_layout::turned_filters, groups});
    if (has_bias) a.with("bias", vector_shape(N), parameter_group::bias, conv_transpose2d::values.bias);
    return a.costs(2L * in[1] * in[2] * weight.size() + (has_bias ? out.size() : 0));
  }
};

}  // namespace genet
