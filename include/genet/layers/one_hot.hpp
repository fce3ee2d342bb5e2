#pragma once
#include "embedding.hpp"

namespace genet::inline GENET_ISA {

/// A one at the place of each integer, zeros elsewhere: tokens (L) to (L,limit), a label to (limit). The limit is that
/// of the source; an integer that is not below it is bad_input. PyTorch: nn.functional.one_hot.
struct one_hot {
  static constexpr needs reads{};
  static constexpr bool steppable = true;
  static constexpr text label() { return "one_hot"; }
  static constexpr answer infer(const bundle& in) { return gives_codes(in, in[0].limit); }
};

}  // namespace genet
