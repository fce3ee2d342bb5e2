// expect: input<1,0,28>: wants positive dimensions, got (1,0,28)
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<1, 0, 28>, flatten> {};
#else
struct network : net<input<1, 28, 28>, flatten> {};
#endif
