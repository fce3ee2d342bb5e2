// expect: input<1,2,3,4,5>: wants at most 4 dimensions
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<1, 2, 3, 4, 5>, flatten> {};
#else
struct network : net<input<1, 2, 3, 4>, flatten> {};
#endif
