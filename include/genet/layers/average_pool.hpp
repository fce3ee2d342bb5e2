#pragma once
#include "../declare/options.hpp"

namespace genet::inline GENET_ISA {

/// The mean of a window that moves over each channel: (C,H,W) to (C,H',W'), H' = (H + 2 padding - kernel) / stride + 1.
/// Padding counts as zeros. PyTorch: nn.AvgPool2d. Options: kernel (has to be said), stride (that of the kernel unless
/// said), padding.
template <class... O>
struct average_pool : options<windowing, O...> {
  using is_linear = void;
  static constexpr needs reads{};
  static constexpr feature_order order = feature_order::channels_last;
  static constexpr window moving = average_pool::values.moving.by_default(average_pool::values.moving.kernel);

  static constexpr text label() { return text("average_pool<") << average_pool::values.moving.label() << ">"; }
  static constexpr answer infer(shape in) {
    const answer a = gives_places(moving, in);
    return a.refused ? a : answer(a).costs(a.out.size() * moving.kernel.height * moving.kernel.width);
  }
};

/// The mean over all pixels: (C,H,W) to (C). PyTorch: nn.AdaptiveAvgPool2d(1), nn.Flatten.
struct global_average_pool {
  using is_linear = void;
  static constexpr needs reads{};
  static constexpr feature_order order = feature_order::channels_last;
  static constexpr text label() { return "global_average_pool"; }
  static constexpr answer infer(shape in) {
    return in.rank == 3 ? gives(vector_shape(in[0])).costs(in.size()) : wants_feature_map(in);
  }
};

}  // namespace genet
