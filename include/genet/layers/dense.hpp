#pragma once
#include "../declare/options.hpp"
#include "../declare/answer.hpp"

namespace genet::inline GENET_ISA {

/// y = W x + b: (K) -> (N). Parameters `weight` (N,K) and `bias` (N). PyTorch: nn.Linear, also in its initial values.
/// Options: name, weight_init, bias_init, no_bias. Element-wise layers behind it are computed in the same kernel.
template <int N, class... O>
struct dense : options<naming | initialising | biasing, O...> {
  using takes_epilogue = dense;
  using is_linear = void;
  static constexpr needs reads{.x_for_dp = true};
  static constexpr bool has_bias = dense::values.with_bias;

  static constexpr text label() { return text("dense<") << N << ">"; }
  static constexpr answer infer(shape in) {
    if (N < 1) return refuse("wants at least one output");
    if (in.rank != 1) return wants_vector(in);
    answer a = gives(vector_shape(N))
                   .with("weight", {2, {N, in[0]}}, parameter_group::weight, dense::values.weight,
                         tensor_layout::panels);
    if (has_bias) a.with("bias", vector_shape(N), parameter_group::bias, dense::values.bias);
    return a.costs(2L * N * in[0] + (has_bias ? N : 0));
  }
};

}  // namespace genet
