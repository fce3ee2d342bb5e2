// expect: layer 1 of 1, last_step: wants a mask of 20 positions, got one of 19
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct reader : net<inputs<named<"x", input<20, 16>>, named<"counts", mask<19>>>, last_step> {};
#else
struct reader : net<inputs<named<"x", input<20, 16>>, named<"counts", mask<20>>>, last_step> {};
#endif
