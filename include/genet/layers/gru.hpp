#pragma once
#include "recurrent.hpp"

namespace genet::inline GENET_ISA {

inline constexpr cell_sizes gru_sizes{.gates = 3, .kept = 1, .gates_apart = true};

/// Gated recurrent unit (Cho et al. 2014), with the reset behind the product, as in cuDNN: (L,F) to (L,H).
///
///     r, z = sigmoid(W x + b + U h + c)                            gates in the order r, z, n
///     n = tanh(W x + b + r (U h + c)), h' = (1 - z) n + z h
///
/// Carries H. Parameters `weight_ih_l0` (3H,F), `weight_hh_l0` (3H,H), `bias_ih_l0` and `bias_hh_l0` (3H), all uniform
/// within 1/sqrt(H) at first; the same with `_reverse` behind, if bidirectional. PyTorch: nn.GRU(F, H,
/// batch_first=True), its output. Masks and the rest: see recurrent_layer. Options: name, weight_init, bias_init,
/// no_bias, bidirectional.
template <int H, class... O>
struct gru : recurrent_layer<H, gru_sizes, O...> {
  static constexpr text label() { return gru::spelled("gru"); }
};

}  // namespace genet
