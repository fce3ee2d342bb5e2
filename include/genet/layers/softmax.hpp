#pragma once
#include "../declare/answer.hpp"

namespace genet::inline GENET_ISA {

/// exp(x) / sum exp(x) over the last dimension. PyTorch: nn.Softmax(dim=-1).
struct softmax {
  static constexpr needs reads{.y_for_dx = true};
  static constexpr bool steppable = true;
  static constexpr text label() { return "softmax"; }
  static constexpr answer infer(shape in) {
    if (in.rank == 0) return refuse("wants at least one dimension, got ()");
    return gives(in).costs(4 * in.size());
  }
};
/// x - log sum exp(x) over the last dimension. PyTorch: nn.LogSoftmax(dim=-1).
struct log_softmax : softmax {
  static constexpr text label() { return "log_softmax"; }
};

}  // namespace genet
