// expect: layer 1 of 1, conv_transpose2d<8,kernel<3>
// expect: wants an output padding below its stride or its dilation, got 1x1
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<4, 8, 8>, conv_transpose2d<8, kernel<3>, output_padding<1>>> {};
#else
struct network : net<input<4, 8, 8>, conv_transpose2d<8, kernel<3>, stride<2>, output_padding<1>>> {};
#endif
