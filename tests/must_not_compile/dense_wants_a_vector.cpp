// expect: layer 1 of 2, dense<10>: wants a vector, got (1,28,28); put flatten before it
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<1, 28, 28>, dense<10>, relu> {};
#else
struct network : net<input<1, 28, 28>, flatten, dense<10>, relu> {};
#endif
