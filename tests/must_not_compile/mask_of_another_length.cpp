// expect: layer 1 of 1, gru<32>: wants a mask of 20 positions, got one of 19
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<inputs<named<"x", input<20, 3>>, named<"which", mask<19>>>, gru<32>> {};
#else
struct network : net<inputs<named<"x", input<20, 3>>, named<"which", mask<20>>>, gru<32>> {};
#endif
