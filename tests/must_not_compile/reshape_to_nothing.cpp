// expect: layer 1 of 1, reshape<4,0>: wants positive dimensions, got (4,0)
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<4>, reshape<4, 0>> {};
#else
struct network : net<input<4>, reshape<4, 1>> {};
#endif
