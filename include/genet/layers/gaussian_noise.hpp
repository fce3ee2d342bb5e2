#pragma once
#include "../declare/answer.hpp"
#include "../declare/real.hpp"

namespace genet::inline GENET_ISA {

/// In training x + S e with e standard normal for each element; in evaluation it is x. In front of an encoder it makes
/// a denoising autoencoder (Vincent et al. 2008), as `dropout` there does with masking noise; in front of a
/// discriminator it is instance noise (Soenderby et al. 2017). The noise can be injected. Keras: GaussianNoise(S).
template <real S>
struct gaussian_noise {
  static constexpr double deviation = S.value();
  using draws_noise = void;
  static constexpr needs reads{};
  static constexpr feature_order order = feature_order::any;
  static constexpr bool steppable = true;
  static constexpr text label() { return text("gaussian_noise<") << show(S) << ">"; }
  static constexpr answer infer(shape in) {
    if (deviation <= 0) return refuse(text("wants a positive standard deviation, got ") << show(S));
    return gives(in).costs(2 * in.size());
  }
};

}  // namespace genet
