// expect: layer 1 of 1, layer_norm: wants reals, got tokens (20)
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<tokens<5000, 20>, layer_norm> {};
#else
struct network : net<input<20>, layer_norm> {};
#endif
