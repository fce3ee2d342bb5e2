#pragma once
#include "../declare/answer.hpp"
#include "../declare/options.hpp"

namespace genet::inline GENET_ISA {

/// (x - mean) / sqrt(variance + epsilon) * weight + bias over all elements of an example (biased variance).
/// PyTorch: nn.LayerNorm(shape). Options: name, epsilon<1e-5>.
template <class... O>
struct layer_norm_with : options<naming | normalising, O...> {
  static constexpr needs reads{.x_for_dx = true, .x_for_dp = true};
  static constexpr text label() { return "layer_norm"; }
  static constexpr answer infer(shape in) {
    return gives(in)
        .with("weight", in, parameter_group::norm, ones)
        .with("bias", in, parameter_group::norm, zeros)
        .keeps(2)  // mean and 1/deviation
        .costs(8 * in.size());
  }
};
struct layer_norm : layer_norm_with<> {};

}  // namespace genet
