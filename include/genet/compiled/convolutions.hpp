#pragma once
// Products with patches of feature maps, by scalar.
#include "../tensor/convolution.hpp"
#include "held.hpp"

namespace genet::inline GENET_ISA::tensor {

#define GENET_CONVOLUTIONS(T)                                                                                         \
  GENET_HELD void convolve(const patches&, long, const T*, const T*, T*, bool, const epilogue<T>&, T*, team&);        \
  GENET_HELD void convolve_back(const patches&, long, const T*, const T*, T*, bool, const epilogue<T>&, T*, team&);   \
  GENET_HELD void filter_gradient(const patches&, long, const T*, const T*, T*, bool, T*, team&);
GENET_CONVOLUTIONS(float)
GENET_CONVOLUTIONS(double)
#undef GENET_CONVOLUTIONS

}  // namespace genet::tensor
