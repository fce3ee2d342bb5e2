// expect: layer 2 of 2, conv2d<1,kernel<4>>: its kernel reaches over 4x4 pixels, more than the 3x3 of its input
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct critic : net<input<1, 6, 6>, conv2d<8, kernel<4>, stride<2>, padding<1>>, conv2d<1, kernel<4>>> {};
#else
struct critic : net<input<1, 8, 8>, conv2d<8, kernel<4>, stride<2>, padding<1>>, conv2d<1, kernel<4>>> {};
#endif
