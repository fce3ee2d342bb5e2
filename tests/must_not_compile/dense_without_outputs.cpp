// expect: layer 2 of 2, dense<0>: wants at least one output
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<4>, relu, dense<0>> {};
#else
struct network : net<input<4>, relu, dense<1>> {};
#endif
