// expect: layer 1 of 2, with_label<10>: wants a tensor of reals and a label, got (64)
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<noise<64>, with_label<10>, dense<256>> {};
#else
struct network : net<inputs<named<"z", noise<64>>, named<"label", labels<10>>>, with_label<10>, dense<256>> {};
#endif
