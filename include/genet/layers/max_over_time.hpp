#pragma once
#include "../declare/sequence.hpp"

namespace genet::inline GENET_ISA {

/// The largest value of each feature along a sequence: (L,F) to (F). Beside a mask, positions that do not count take
/// no part, and the mask is consumed; if none counts the result is 0. The gradient goes to the first of several
/// largest values. PyTorch: nn.AdaptiveMaxPool1d(1) on (F,L); Keras: GlobalMaxPooling1D. Collobert et al. 2011.
struct max_over_time {
  static constexpr needs reads{};
  using is_selection = void;

  static constexpr text label() { return "max_over_time"; }
  static constexpr answer infer(const bundle& in) {
    if (const text why = sequence_refusal(in); why.size()) return refuse(why);
    const sequence_input x = sequence_of(shapes_of(in));
    // kept: which position it was, and -1 where there is none
    return gives(vector_shape(static_cast<int>(x.features))).keeps(x.features).costs(x.length * x.features);
  }
};

}  // namespace genet
