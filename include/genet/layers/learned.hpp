#pragma once
#include "../declare/answer.hpp"

namespace genet::inline GENET_ISA {

/// A trained vector that is the same for every example, whatever comes in: any shape -> (N), starting at zero.
/// The log-variance of a Gaussian likelihood, for instance. Parameter: what the tensor is called behind the layer's
/// name. PyTorch: nn.Parameter, expanded over the batch.
template <int N, fixed_string Parameter = "value">
struct learned {
  using is_linear = void;
  static constexpr needs reads{};
  static constexpr text label() { return text("learned<") << N << ">"; }
  static constexpr answer infer(const bundle&) {
    if (N < 1) return refuse("wants at least one number");
    return gives(vector_shape(N)).with(stored<Parameter>.view(), vector_shape(N), parameter_group::bias, zeros);
  }
};

}  // namespace genet
