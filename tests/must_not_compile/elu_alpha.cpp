// expect: layer 1 of 1, elu<0>: wants a positive alpha, got 0
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<8>, elu<0>> {};
#else
struct network : net<input<8>, elu<0.5>> {};
#endif
