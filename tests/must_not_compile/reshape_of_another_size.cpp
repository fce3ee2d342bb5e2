// expect: layer 4 of 5, reshape<128,7,7>: cannot view 100 elements (100) as 6272 (128,7,7)
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<1, 28, 28>, flatten, dense<100>, relu, reshape<128, 7, 7>, sigmoid> {};
#else
struct network : net<input<1, 28, 28>, flatten, dense<6272>, relu, reshape<128, 7, 7>, sigmoid> {};
#endif
