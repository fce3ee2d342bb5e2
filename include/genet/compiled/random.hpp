#pragma once
// Random numbers and initial parameters, by scalar.
#include "../random/initialisers.hpp"
#include "held.hpp"

namespace genet::inline GENET_ISA::rng {

#define GENET_RANDOM(T)                                                                                               \
  GENET_HELD void uniform(std::span<T>, const key&, std::uint64_t);                                                   \
  GENET_HELD void normal(std::span<T>, const key&, std::uint64_t);                                                    \
  GENET_HELD void keep_mask(std::span<T>, double, const key&, std::uint64_t);                                         \
  GENET_HELD void fill(std::span<T>, const shape&, const initialiser&, long, const key&);
GENET_RANDOM(float)
GENET_RANDOM(double)
#undef GENET_RANDOM

}  // namespace genet::rng
