// expect: layer 2 of 2, batch_norm: wants features or channels, got ()
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<1>, reshape<>, batch_norm> {};
#else
struct network : net<input<1>, reshape<1>, batch_norm> {};
#endif
