#pragma once
#include "answer.hpp"

namespace genet::inline GENET_ISA {

/// What a layer over sequences takes: reals (positions,features), alone or beside a mask of the positions, in any
/// order. A mask is 1 where a position counts.
struct sequence_input {
  int values = 0;  // which input holds the features
  int mask = -1;   // which one says what positions count; -1: all of them
  long length = 0, features = 0;
  constexpr bool masked() const { return mask >= 0; }
};

constexpr sequence_input sequence_of(const shapes& in) {
  sequence_input s;
  for (int i = 0; i < in.n; ++i) (in.kind[i] == element::mask ? s.mask : s.values) = i;
  s.length = in[s.values][0];
  s.features = in[s.values][1];
  return s;
}

/// What is wrong with such a bundle; empty if nothing is.
constexpr text sequence_refusal(const bundle& in) {
  const int values = in.n == 2 && in[0].kind == element::mask ? 1 : 0, mask = 1 - values;
  const bool reals = in[values].kind == element::real && in[values].s.rank == 2;
  if (in.n < 1 || in.n > 2 || !reals || (in.n == 2 && in[mask].kind != element::mask))
    return text("wants a sequence (positions,features), alone or with a mask, got ") << show(in);
  if (in.n == 2 && in[mask].s != vector_shape(in[values].s[0]))
    return text("wants a mask of ") << in[values].s[0] << " positions, got one of " << in[mask].s[0];
  return {};
}

}  // namespace genet
