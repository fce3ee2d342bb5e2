// expect: layer 1 of 1, average_pool<kernel<2>,padding<2>>: wants a padding of at most half its kernel, 2x2, got 2x2
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<16, 7, 7>, average_pool<kernel<2>, padding<2>>> {};
#else
struct network : net<input<16, 7, 7>, average_pool<kernel<2>, padding<1>>> {};
#endif
