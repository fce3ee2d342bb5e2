// expect: layer 2 of 3, residual, layer 3 of 3, dense<8>: wants a vector, got (2,4)
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<8>, reshape<2, 4>, residual<batch_norm, relu, dense<8>>, relu> {};
#else
struct network : net<input<8>, reshape<8>, residual<batch_norm, relu, dense<8>>, relu> {};
#endif
