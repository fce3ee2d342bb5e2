#pragma once
#include "token_distribution.hpp"

namespace genet::inline GENET_ISA {

/// Stands in place of token_distribution<V> where hidden states are wanted and distributions are not: (L,H) as it comes.
/// Owns the same parameters and the same state in the same order, so that one model serves both; who draws tokens reads
/// them (run/token_writer.hpp). Options: those of token_distribution.
template <int V, class... O>
struct token_states : options<naming | initialising, O...> {
  static constexpr needs reads{};
  static constexpr bool steppable = true;

  static constexpr text label() { return text("token_states<") << V << ">"; }
  static constexpr answer infer(shape in) {
    answer a = token_distribution<V, O...>::infer(in);
    if (a.refused) return a;
    a.out = in;
    return a.costs(0);
  }
};

}  // namespace genet
