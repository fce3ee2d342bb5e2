// expect: layer 2 of 3, input<8>: is not a layer
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<8>, relu, input<8>, dense<2>> {};
#else
struct network : net<input<8>, relu, dense<2>> {};
#endif
