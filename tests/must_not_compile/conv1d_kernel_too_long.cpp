// expect: layer 1 of 2, conv1d<8,kernel<5>>: its kernel reaches over 5 positions, more than the 4 of its input
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct critic : net<input<4, 16>, conv1d<8, kernel<5>>, max_over_time> {};
#else
struct critic : net<input<4, 16>, conv1d<8, kernel<5>, padding<1>>, max_over_time> {};
#endif
