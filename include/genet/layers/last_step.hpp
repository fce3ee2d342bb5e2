#pragma once
#include "../declare/sequence.hpp"

namespace genet::inline GENET_ISA {

/// The features of the last position of a sequence: (L,F) to (F). Beside a mask, of the last one that counts, and the
/// mask is consumed; if none counts the result is 0. PyTorch: x[:, -1]; Keras: return_sequences=False.
struct last_step {
  using is_linear = void;
  static constexpr needs reads{};

  static constexpr text label() { return "last_step"; }
  static constexpr answer infer(const bundle& in) {
    if (const text why = sequence_refusal(in); why.size()) return refuse(why);
    const sequence_input x = sequence_of(shapes_of(in));
    return gives(vector_shape(static_cast<int>(x.features))).keeps(x.masked() ? 1 : 0);  // which one it was, or -1
  }
};

}  // namespace genet
