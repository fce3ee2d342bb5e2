#pragma once
// Recurrent layers, by scalar.
#include "../kernels/gru.hpp"
#include "../kernels/lstm.hpp"
#include "../kernels/rnn.hpp"
#include "held.hpp"

namespace genet::inline GENET_ISA {

#define GENET_RECURRENT(T, Cell)                                                                \
  GENET_HELD void recurrent_products<Cell>::forward(const context<T>&, const recurrent_sizes&); \
  GENET_HELD void recurrent_products<Cell>::backward(const context<T>&, const recurrent_sizes&, wants);
GENET_RECURRENT(float, lstm_cell)
GENET_RECURRENT(double, lstm_cell)
GENET_RECURRENT(float, gru_cell)
GENET_RECURRENT(double, gru_cell)
GENET_RECURRENT(float, rnn_cell)
GENET_RECURRENT(double, rnn_cell)
#undef GENET_RECURRENT

}  // namespace genet
