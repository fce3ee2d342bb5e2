#pragma once
// Layers over a vocabulary, by scalar.
#include "../tensor/vocabulary.hpp"
#include "held.hpp"

namespace genet::inline GENET_ISA::tensor {

#define GENET_VOCABULARIES(T)                                                                                         \
  GENET_HELD exponentials<T> exponentiate(const T*, long, T*);                                                        \
  GENET_HELD void log_probabilities(const vocabulary&, long, const T*, const T*, const T*, T*, team&);                \
  GENET_HELD void log_softmax_gradient(const T*, const T*, long, T*, long);                                           \
  GENET_HELD class vocabulary_gradient<T>;                                                                            \
  GENET_HELD void hand_over(const vocabulary&, const T*, const T*, T*, T*, bool, T*, team&);                          \
  GENET_HELD void likelihood(const vocabulary&, long, const likelihood_of<T>&, const T*, const T*,                    \
                             const vocabulary_work<T>&, team&);
GENET_VOCABULARIES(float)
GENET_VOCABULARIES(double)
#undef GENET_VOCABULARIES

}  // namespace genet::tensor
