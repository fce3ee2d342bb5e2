// expect: layer 1 of 1, highway: wants a vector, got (20,16); put flatten before it
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct critic : net<input<20, 16>, highway> {};
#else
struct critic : net<input<20, 16>, per_step<highway>> {};
#endif
