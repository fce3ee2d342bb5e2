#pragma once
#include "../declare/bundle.hpp"
#include "token_distribution.hpp"

namespace genet::inline GENET_ISA {

/// What token_likelihood takes, and where among its inputs.
struct likelihood_input {
  int states = -1, targets = -1, coefficients = -1;
};
constexpr likelihood_input likelihood_input_of(const shapes& in) {
  likelihood_input x;
  for (int i = 0; i < in.n; ++i) {
    if (in.kind[i] == element::token) x.targets = i;
    if (in.kind[i] == element::real) (in[i].rank == 2 ? x.states : x.coefficients) = i;
  }
  return x;
}

/// The training end of token_distribution<V>, with the same parameters and the same state in the same order, so that
/// one model serves both: from hidden states (L,H), target tokens (L) and coefficients (L), three inputs in any
/// order, to the log-probabilities of the targets (L).
///
/// Its gradient is that of the *sum over all positions of coefficient * log-probability*, whatever the gradient of
/// its output is: coefficients are known before, -1/n for the mean negative log-likelihood, minus a reward for policy
/// gradients, 0 at positions that do not count. So a forward pass in training computes each tile of logits once, and
/// all gradients from it; backward hands them out. A backward pass behind one in evaluation is a usage_error. A
/// target that is not below `used` is bad_input. PyTorch: nn.Linear and nn.CrossEntropyLoss. Options: name,
/// weight_init, bias_init.
template <int V, class... O>
struct token_likelihood : options<naming | initialising, O...> {
  static constexpr needs reads{.y_for_dx = true};  // log p is the gradient of the coefficients

  static constexpr text label() { return text("token_likelihood<") << V << ">"; }
  static constexpr answer infer(const bundle& in) {
    const likelihood_input x = likelihood_input_of(shapes_of(in));
    if (in.n != 3 || x.states < 0 || x.targets < 0 || x.coefficients < 0)
      return refuse(text("wants hidden states (positions,features), targets and coefficients, got ") << show(in));
    const shape s = in[x.states].s;
    if (const text why = vocabulary_refusal(V, s); why.size()) return refuse(why);
    if (in[x.targets].limit != V)
      return refuse(text("wants targets of ") << V << " tokens, got some of " << in[x.targets].limit);
    for (const int i : {x.targets, x.coefficients})
      if (in[i].s != vector_shape(s[0]))
        return refuse(text("wants targets and coefficients of ") << s[0] << " positions, got " << show(in));
    answer a = gives(vector_shape(s[0]));
    return own_vocabulary(a, V, s[1], token_likelihood::values)
        .with_state("used", vector_shape(1), {initialiser::formula::constant, V})
        .keeps(s.size(), long{V} * s[1] + V)
        .costs(s[0] * (2L * V * s[1] + 4L * V));
  }
};

}  // namespace genet
