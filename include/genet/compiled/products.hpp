#pragma once
// Products, by scalar.
#include "../tensor/matmul.hpp"
#include "held.hpp"

namespace genet::inline GENET_ISA::tensor {

#define GENET_PRODUCTS(T)                                                                                             \
  GENET_HELD void pack(const T*, long, long, long, long, T*, team&);                                                  \
  GENET_HELD void pack_transposed(const T*, long, long, T*, team&);                                                   \
  GENET_HELD void matmul(long, long, long, const T*, long, long, const T*, T*, long, bool, const epilogue<T>&, team&); \
  GENET_HELD void matmul_to_panels(long, long, long, const T*, long, long, const T*, T*, bool, const epilogue<T>&, team&); \
  GENET_HELD void matmul_transposed(long, long, long, const T*, long, long, const T*, T*, long, bool, T*, team&);
GENET_PRODUCTS(float)
GENET_PRODUCTS(double)
#undef GENET_PRODUCTS

}  // namespace genet::tensor
