// expect: layer 2 of 3, dropout<1>: wants a probability in [0, 1), got 1
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<8>, dense<8>, dropout<1>, relu> {};
#else
struct network : net<input<8>, dense<8>, dropout<0.5>, relu> {};
#endif
