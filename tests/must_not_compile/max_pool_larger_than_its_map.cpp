// expect: layer 1 of 1, max_pool<kernel<9>>: its kernel reaches over 9x9 pixels, more than the 7x7 of its input
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<16, 7, 7>, max_pool<kernel<9>>> {};
#else
struct network : net<input<16, 7, 7>, max_pool<kernel<7>>> {};
#endif
