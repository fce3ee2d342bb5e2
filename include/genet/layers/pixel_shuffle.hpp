#pragma once
#include "../declare/window.hpp"

namespace genet::inline GENET_ISA {

/// Channels become pixels: (C r^2,H,W) to (C,r H,r W), channel c r^2 + i r + j at pixel (r y + i, r x + j). Shi et al.
/// 2016. PyTorch: nn.PixelShuffle(r).
template <int Factor>
struct pixel_shuffle {
  using is_linear = void;
  static constexpr needs reads{};
  static constexpr feature_order order = feature_order::channels_last;

  static constexpr text label() { return text("pixel_shuffle<") << Factor << ">"; }
  static constexpr answer infer(shape in) {
    if (Factor < 1) return refuse("wants a factor of at least 1");
    if (in.rank != 3) return wants_feature_map(in);
    if (in[0] % (Factor * Factor))
      return refuse(text("cannot make ") << in[0] << " channels into squares of " << Factor << "x" << Factor << " pixels");
    return gives({3, {in[0] / (Factor * Factor), Factor * in[1], Factor * in[2]}});
  }
};

}  // namespace genet
