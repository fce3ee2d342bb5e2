#pragma once
#include "../declare/options.hpp"

namespace genet::inline GENET_ISA {

/// The largest value in a window that moves over each channel: (C,H,W) to (C,H',W'), H' = (H + 2 padding - kernel) /
/// stride + 1. Padding counts as -infinity. The gradient goes to the first of several largest values. PyTorch:
/// nn.MaxPool2d. Options: kernel (has to be said), stride (that of the kernel unless said), padding.
template <class... O>
struct max_pool : options<windowing, O...> {
  static constexpr needs reads{};
  static constexpr feature_order order = feature_order::channels_last;
  using is_selection = void;
  static constexpr window moving = max_pool::values.moving.by_default(max_pool::values.moving.kernel);

  static constexpr text label() { return text("max_pool<") << max_pool::values.moving.label() << ">"; }
  static constexpr answer infer(shape in) {
    const answer a = gives_places(moving, in);
    // kept: which one it was
    return a.refused ? a : answer(a).keeps(a.out.size()).costs(a.out.size() * moving.kernel.height * moving.kernel.width);
  }
};

}  // namespace genet
