// expect: layer 1 of 2, with_label<10>: wants a label of 10 classes, got one of 12
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<inputs<named<"z", noise<64>>, named<"label", labels<12>>>, with_label<10>, dense<256>> {};
#else
struct network : net<inputs<named<"z", noise<64>>, named<"label", labels<12>>>, with_label<12>, dense<256>> {};
#endif
