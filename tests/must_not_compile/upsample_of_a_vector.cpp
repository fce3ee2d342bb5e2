// expect: layer 2 of 2, upsample<2>: wants (channels,height,width), got (49); put reshape before it
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<20>, dense<49>, upsample<2>> {};
#else
struct network : net<input<20>, dense<49>, reshape<1, 7, 7>, upsample<2>> {};
#endif
