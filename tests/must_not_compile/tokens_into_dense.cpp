// expect: layer 1 of 2, dense<32>: wants reals, got tokens (20)
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<tokens<5000, 20>, dense<32>, relu> {};
#else
struct network : net<input<20>, dense<32>, relu> {};
#endif
