// expect: layer 2 of 2, repeat<3>, copy 2, layer 1 of 2, dense<100>: wants a vector, got (10,10)
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<784>, relu, repeat<3, dense<100>, reshape<10, 10>>> {};
#else
struct network : net<input<784>, relu, repeat<3, dense<100>, reshape<100>>> {};
#endif
