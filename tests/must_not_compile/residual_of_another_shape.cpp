// expect: layer 2 of 2, residual: its layers turn (100) into (90), which cannot be added to its input
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<784>, dense<100>, residual<dense<90>, relu>> {};
#else
struct network : net<input<784>, dense<100>, residual<dense<90>, relu, dense<100>>> {};
#endif
