#pragma once
#include "../declare/answer.hpp"

namespace genet::inline GENET_ISA {

/// Any shape as a vector; costs nothing. PyTorch: nn.Flatten.
struct flatten {
  using is_view = void;
  static constexpr text label() { return "flatten"; }
  static constexpr answer infer(shape in) {
    if (in.size() > 2'147'483'647) return refuse(text("cannot make a vector of ") << in.size() << " elements");
    return gives(vector_shape(static_cast<int>(in.size())));
  }
};

}  // namespace genet
