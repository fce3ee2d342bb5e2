// expect: layer 1 of 1, flatten: cannot make a vector of 4000000000 elements
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<4, 1'000'000'000>, flatten> {};
#else
struct network : net<input<2, 1'000'000'000>, flatten> {};
#endif
