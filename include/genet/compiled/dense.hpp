#pragma once
// Dense layers with nothing or a rectifier behind them, by scalar.
#include "../kernels/dense.hpp"
#include "held.hpp"

namespace genet::inline GENET_ISA {

#define GENET_DENSE(T, ...)                                                                                           \
  GENET_HELD void dense_products<__VA_ARGS__>::forward(const context<T>&, long, long);                                \
  GENET_HELD void dense_products<__VA_ARGS__>::backward(const context<T>&, long, long, wants);
GENET_DENSE(float)
GENET_DENSE(double)
GENET_DENSE(float, relu)
GENET_DENSE(double, relu)
#undef GENET_DENSE

}  // namespace genet
