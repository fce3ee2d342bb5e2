#pragma once
// Reductions, by scalar.
#include "../tensor/reduce.hpp"
#include "held.hpp"

namespace genet::inline GENET_ISA::tensor {

#define GENET_REDUCTIONS(T)                                                                                           \
  GENET_HELD double sum(const T*, long, team&);                                                                       \
  GENET_HELD double sum_of_squares(const T*, long, team&);                                                            \
  GENET_HELD void column_sums(const T*, long, long, T*, bool, team&);                                                 \
  GENET_HELD void column_means(const T*, long, long, T*, team&);                                                      \
  GENET_HELD void column_moments(const T*, long, long, T*, T*, team&);                                                \
  GENET_HELD void row_max(const T*, long, long, T*);                                                                  \
  GENET_HELD void row_log_sum_exp(const T*, long, long, T*);                                                          \
  GENET_HELD long first_not_finite(const T*, long);
GENET_REDUCTIONS(float)
GENET_REDUCTIONS(double)
#undef GENET_REDUCTIONS

}  // namespace genet::tensor
