#pragma once
#include "recurrent.hpp"

namespace genet::inline GENET_ISA {

inline constexpr cell_sizes rnn_sizes{};

/// h' = tanh(W x + b + U h + c) along a sequence (Elman 1990): (L,F) to (L,H). Carries H. Parameters `weight_ih_l0`
/// (H,F), `weight_hh_l0` (H,H), `bias_ih_l0` and `bias_hh_l0` (H), all uniform within 1/sqrt(H) at first; the same
/// with `_reverse` behind, if bidirectional. PyTorch: nn.RNN(F, H, batch_first=True), its output. Masks and the rest:
/// see recurrent_layer. Options: name, weight_init, bias_init, no_bias, bidirectional.
template <int H, class... O>
struct rnn : recurrent_layer<H, rnn_sizes, O...> {
  static constexpr text label() { return rnn::spelled("rnn"); }
};

}  // namespace genet
