// expect: layer 1 of 2, conv2d<8,kernel<3>>: wants (channels,height,width), got (784); put reshape before it
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<784>, conv2d<8, kernel<3>>, relu> {};
#else
struct network : net<input<784>, reshape<1, 28, 28>, conv2d<8, kernel<3>>, relu> {};
#endif
