#pragma once
#include "../declare/answer.hpp"
#include "../declare/options.hpp"

namespace genet::inline GENET_ISA {

/// (x - mean) / sqrt(variance + epsilon) * weight + bias over the batch, per feature of (features) and per channel of
/// (channels,height,width), there over the pixels too. Training uses the statistics of the batch and moves
/// `running_mean` and `running_var` (unbiased) by the momentum; evaluation uses the running ones. Training on a single
/// value per channel is a usage_error. PyTorch: nn.BatchNorm1d, nn.BatchNorm2d. Options: name, momentum<0.1>,
/// epsilon<1e-5>. Element-wise layers behind it are computed in the same kernel.
template <class... O>
struct batch_norm_with : options<naming | normalising, O...> {
  using takes_epilogue = batch_norm_with;
  static constexpr std::string_view no_tangent = "it mixes the examples of a batch";
  static constexpr feature_order order = feature_order::channels_last;
  static constexpr needs reads{.x_for_dx = true, .x_for_dp = true};
  static constexpr text label() { return "batch_norm"; }
  static constexpr answer infer(shape in) {
    if (in.rank == 0) return refuse("wants features or channels, got ()");
    const shape channels = vector_shape(in[0]);
    return gives(in)
        .with("weight", channels, parameter_group::norm, ones)
        .with("bias", channels, parameter_group::norm, zeros)
        .with_state("running_mean", channels, zeros)
        .with_state("running_var", channels, ones)
        .keeps(0, 2L * in[0])  // mean and 1/deviation
        .costs(4 * in.size());
  }
};
struct batch_norm : batch_norm_with<> {
  using takes_epilogue = batch_norm;
};

}  // namespace genet
