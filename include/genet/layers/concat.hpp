#pragma once
#include "../declare/answer.hpp"

namespace genet::inline GENET_ISA {

/// Joins a bundle along the first dimension: (3), (4) -> (7); (C,H,W), (D,H,W) -> (C+D,H,W). PyTorch: torch.cat.
struct concat {
  using is_linear = void;
  static constexpr needs reads{};
  static constexpr text label() { return "concat"; }
  static constexpr answer infer(const bundle& in) {
    shape out = in[0].s;
    if (out.rank == 0) return refuse(text("wants at least one dimension, got ") << show(in));
    for (int i = 0; i < in.n; ++i) {
      if (in[i].kind != element::real) return refuse(text("joins reals, got ") << show(in));
      if (i == 0) continue;
      shape s = in[i].s;
      out.d[0] += s.d[0];
      s.d[0] = in[0].s.d[0];
      if (s != in[0].s) return refuse(text("wants shapes equal after the first dimension, got ") << show(in));
    }
    return gives(out);
  }
};

}  // namespace genet
