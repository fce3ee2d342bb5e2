// expect: layer 1 of 1, label_projection<10>: wants a vector, got (1,28,28); put flatten before it
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<inputs<named<"x", input<1, 28, 28>>, named<"y", labels<10>>>, label_projection<10>> {};
#else
struct network : net<inputs<named<"x", input<784>>, named<"y", labels<10>>>, label_projection<10>> {};
#endif
