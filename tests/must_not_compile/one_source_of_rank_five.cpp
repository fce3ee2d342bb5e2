// expect: input<1,2,3,4,5>: wants at most 4 dimensions
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<inputs<named<"x", input<4>>, named<"y", input<1, 2, 3, 4, 5>>>, concat> {};
#else
struct network : net<inputs<named<"x", input<4>>, named<"y", input<120>>>, concat> {};
#endif
