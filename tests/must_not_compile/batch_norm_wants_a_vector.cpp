// expect: layer 1 of 2, batch_norm: wants a vector, got (16,7,7); put flatten before it
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<16, 7, 7>, batch_norm, relu> {};
#else
struct network : net<input<16, 7, 7>, flatten, batch_norm, relu> {};
#endif
