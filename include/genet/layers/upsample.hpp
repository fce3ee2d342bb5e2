#pragma once
#include <type_traits>

#include "../declare/window.hpp"

namespace genet::inline GENET_ISA {

/// How `upsample` fills the pixels between: with the nearest one, or on straight lines from pixel to pixel, whose
/// centres lie as torch's align_corners=False says.
struct nearest {};
struct bilinear {};

/// Each pixel becomes Factor x Factor: (C,H,W) to (C,Factor H,Factor W). `upsample<2>`, `upsample<2, bilinear>`.
/// PyTorch: nn.Upsample(scale_factor=Factor, mode="nearest" or "bilinear").
template <int Factor, class Mode = nearest>
struct upsample {
  static_assert(std::is_same_v<Mode, nearest> || std::is_same_v<Mode, bilinear>,
                "upsample fills pixels with nearest or bilinear");
  using is_linear = void;
  static constexpr bool smooth = std::is_same_v<Mode, bilinear>;
  static constexpr needs reads{};
  static constexpr feature_order order = feature_order::channels_last;

  static constexpr text label() { return text("upsample<") << Factor << (smooth ? ",bilinear>" : ">"); }
  static constexpr answer infer(shape in) {
    if (Factor < 1) return refuse("wants a factor of at least 1");
    if (in.rank != 3) return wants_feature_map(in);
    const shape out{3, {in[0], Factor * in[1], Factor * in[2]}};
    return gives(out).costs(smooth ? 8 * out.size() : 0);
  }
};

}  // namespace genet
