// expect: layer 1 of 1, conv2d<8,kernel<3>
// expect: does not take the option output_padding<1
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<4, 8, 8>, conv2d<8, kernel<3>, output_padding<1>>> {};
#else
struct network : net<input<4, 8, 8>, conv2d<8, kernel<3>, padding<1>>> {};
#endif
