#pragma once
#include "../declare/options.hpp"

namespace genet::inline GENET_ISA {

/// What a layer makes of each integer that comes in: `width` numbers of tokens (L), which give (L,width), and of a
/// label, which gives (width).
constexpr answer gives_codes(const bundle& in, int width) {
  if (in.n != 1 || (in[0].kind != element::token && in[0].kind != element::label))
    return refuse(text("wants tokens or a label, got ") << show(in));
  return gives(in[0].kind == element::label ? vector_shape(width) : shape{2, {in[0].s[0], width}});
}

/// A row of a trained matrix for each integer: tokens (L) to (L,Width), a label to (Width). Parameter `weight`
/// (limit,Width), standard normal at first; the limit is that of the source. An integer that is not below it is
/// bad_input. PyTorch: nn.Embedding. Options: name, weight_init.
template <int Width, class... O>
struct embedding : options<naming | initialising, O...> {
  static constexpr needs reads{.x_for_dp = true};
  static constexpr initialiser first_weight = embedding::values_from({.weight = standard_normal}).weight;
  static constexpr bool steppable = true;

  static constexpr text label() { return text("embedding<") << Width << ">"; }
  static constexpr answer infer(const bundle& in) {
    if (Width < 1) return refuse("wants at least one number for each integer");
    answer a = gives_codes(in, Width);
    return a.refused ? a : a.with("weight", {2, {in[0].limit, Width}}, parameter_group::weight, first_weight);
  }
};

}  // namespace genet
