#pragma once
#include "../declare/answer.hpp"
#include "../declare/options.hpp"

namespace genet::inline GENET_ISA {

/// (x - mean) / sqrt(variance + epsilon) * weight + bias over the batch, per feature of (features).
/// Training uses the statistics of the batch and moves `running_mean` and `running_var` (unbiased) by the momentum;
/// evaluation uses the running ones. PyTorch: nn.BatchNorm1d. Options: name, momentum<0.1>, epsilon<1e-5>.
/// Element-wise layers behind it are computed in the same kernel.
template <class... O>
struct batch_norm_with : options<naming | normalising, O...> {
  using takes_epilogue = batch_norm_with;
  static constexpr needs reads{.x_for_dx = true, .x_for_dp = true};
  static constexpr text label() { return "batch_norm"; }
  static constexpr answer infer(shape in) {
    if (in.rank != 1) return wants_vector(in);
    return gives(in)
        .with("weight", in, parameter_group::norm, ones)
        .with("bias", in, parameter_group::norm, zeros)
        .with_state("running_mean", in, zeros)
        .with_state("running_var", in, ones)
        .keeps(0, 2L * in.size())  // mean and 1/deviation
        .costs(4 * in.size());
  }
};
struct batch_norm : batch_norm_with<> {
  using takes_epilogue = batch_norm;
};

}  // namespace genet
