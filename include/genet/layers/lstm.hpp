#pragma once
#include "recurrent.hpp"

namespace genet::inline GENET_ISA {

inline constexpr cell_sizes lstm_sizes{.gates = 4, .kept = 1, .carried = 2};

/// Long short-term memory (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000): (L,F) to (L,H).
///
///     i, f, o = sigmoid(W x + b + U h + c), g = tanh(the same)    gates in the order i, f, g, o
///     s' = f s + i g, h' = o tanh(s')
///
/// Carries 2H: h, then s. Parameters `weight_ih_l0` (4H,F), `weight_hh_l0` (4H,H), `bias_ih_l0` and `bias_hh_l0` (4H),
/// all uniform within 1/sqrt(H) at first; the same with `_reverse` behind, if bidirectional. PyTorch: nn.LSTM(F, H,
/// batch_first=True), its output. Masks and the rest: see recurrent_layer. Options: name, weight_init, bias_init,
/// no_bias, bidirectional.
template <int H, class... O>
struct lstm : recurrent_layer<H, lstm_sizes, O...> {
  static constexpr text label() { return lstm::spelled("lstm"); }
};

}  // namespace genet
