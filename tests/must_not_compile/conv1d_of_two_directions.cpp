// expect: layer 1 of 2, conv1d<8,kernel<3,5>>: moves in one direction: kernel<3>
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct critic : net<input<20, 16>, conv1d<8, kernel<3, 5>>, max_over_time> {};
#else
struct critic : net<input<20, 16>, conv1d<8, kernel<3>>, max_over_time> {};
#endif
