// expect: layer 1 of 1, repeat<0>: wants at least one copy
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<8>, repeat<0, relu>> {};
#else
struct network : net<input<8>, repeat<1, relu>> {};
#endif
