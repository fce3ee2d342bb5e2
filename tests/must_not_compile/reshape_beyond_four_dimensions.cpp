// expect: layer 1 of 1, reshape<1,2,2,2,2>: wants at most 4 dimensions
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<16>, reshape<1, 2, 2, 2, 2>> {};
#else
struct network : net<input<16>, reshape<2, 2, 2, 2>> {};
#endif
