// expect: layer 3 of 3, max_over_time: wants a sequence (positions,features), alone or with a mask, got (8)
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct critic : net<input<20, 16>, flatten, dense<8>, max_over_time> {};
#else
struct critic : net<input<20, 16>, per_step<dense<8>>, max_over_time> {};
#endif
