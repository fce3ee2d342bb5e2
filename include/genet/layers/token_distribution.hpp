#pragma once
#include "../declare/options.hpp"

namespace genet::inline GENET_ISA {

/// What layers at the end of a sequence generator own, for hidden states (L,width) and `size` tokens.
constexpr answer& own_vocabulary(answer& a, int size, int width, const option_values& said) {
  a.with("weight", {2, {size, width}}, parameter_group::weight, said.weight, tensor_layout::panels)
      .with("bias", vector_shape(size), parameter_group::bias, said.bias);
  return a;
}

/// What is wrong with hidden states and a vocabulary; empty if nothing is.
constexpr text vocabulary_refusal(int size, shape states) {
  if (size < 1) return "wants at least one token";
  if (states.rank != 2) return text("wants hidden states (positions,features), got ") << show(states);
  return {};
}

/// Log-probabilities of the token at each position: (L,H) to (L,V), log softmax(W h + b), the end of every sequence
/// generator. Parameters `weight` (V,H) and `bias` (V). State `used`, one number, V at first: how many tokens are in
/// use; the others have probability 0 and no gradient, so that V is a capacity. A number that is not in 1 ... V is
/// bad_input. Computed some rows at a time. PyTorch: nn.Linear and nn.LogSoftmax(-1). Options: name, weight_init,
/// bias_init.
template <int V, class... O>
struct token_distribution : options<naming | initialising, O...> {
  static constexpr needs reads{.y_for_dx = true, .x_for_dp = true, .y_for_dp = true};
  static constexpr bool steppable = true;

  static constexpr text label() { return text("token_distribution<") << V << ">"; }
  static constexpr answer infer(shape in) {
    if (const text why = vocabulary_refusal(V, in); why.size()) return refuse(why);
    answer a = gives({2, {in[0], V}});
    return own_vocabulary(a, V, in[1], token_distribution::values)
        .with_state("used", vector_shape(1), {initialiser::formula::constant, V})
        .costs(in[0] * (2L * V * in[1] + 5L * V));
  }
};

}  // namespace genet
