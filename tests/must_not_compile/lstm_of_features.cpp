// expect: layer 2 of 2, lstm<32>: wants a sequence (positions,features), alone or with a mask, got (16)
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<20>, dense<16>, lstm<32>> {};
#else
struct network : net<input<20, 16>, lstm<32>> {};
#endif
