#pragma once
#include "../declare/answer.hpp"
#include "../declare/real.hpp"

namespace genet::inline GENET_ISA {

/// In training each element is 0 with probability P, else x / (1 - P); in evaluation it is x. PyTorch: nn.Dropout.
template <real P>
struct dropout {
  static constexpr double probability = P.value();
  using draws_noise = void;
  static constexpr std::string_view no_tangent = "it draws another mask in every pass";
  using is_element_wise = dropout;
  static constexpr needs reads{};
  static constexpr feature_order order = feature_order::any;
  static constexpr text label() { return text("dropout<") << show(P) << ">"; }
  static constexpr answer infer(shape in) {
    if (probability < 0 || probability >= 1) return refuse(text("wants a probability in [0, 1), got ") << show(P));
    return gives(in).keeps(in.size()).costs(in.size());
  }
};

}  // namespace genet
