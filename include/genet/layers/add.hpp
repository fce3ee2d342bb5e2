#pragma once
#include "../declare/answer.hpp"

namespace genet::inline GENET_ISA {

/// The sum of a bundle of tensors of one shape.
struct add {
  using is_linear = void;
  static constexpr needs reads{};
  static constexpr feature_order order = feature_order::any;
  static constexpr bool steppable = true;
  static constexpr text label() { return "add"; }
  static constexpr answer infer(const bundle& in) {
    for (int i = 0; i < in.n; ++i) {
      if (in[i].kind != element::real) return refuse(text("adds reals, got ") << show(in));
      if (in[i].s != in[0].s) return refuse(text("cannot add different shapes: ") << show(in));
    }
    return gives(in[0].s).costs((in.n - 1) * in[0].s.size());
  }
};

}  // namespace genet
