// expect: layer 1 of 2, batch_norm: does not take the option relu
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<8>, batch_norm_with<relu>, relu> {};
#else
struct network : net<input<8>, batch_norm_with<momentum<0.01>>, relu> {};
#endif
