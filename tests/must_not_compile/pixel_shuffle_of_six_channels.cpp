// expect: layer 1 of 1, pixel_shuffle<2>: cannot make 6 channels into squares of 2x2 pixels
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<6, 7, 7>, pixel_shuffle<2>> {};
#else
struct network : net<input<8, 7, 7>, pixel_shuffle<2>> {};
#endif
