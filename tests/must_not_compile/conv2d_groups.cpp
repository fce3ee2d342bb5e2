// expect: layer 1 of 1, conv2d<8,kernel<3>,groups<4>>: cannot divide 3 channels of its input among 4 groups
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<3, 8, 8>, conv2d<8, kernel<3>, groups<4>>> {};
#else
struct network : net<input<4, 8, 8>, conv2d<8, kernel<3>, groups<4>>> {};
#endif
