// expect: layer 2 of 2, per_step, layer 1 of 2, per_step<dense<4>>: wants a vector, got (2,3); put flatten before it
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct reader : net<input<5, 2, 3>, relu, per_step<dense<4>, tanh_>> {};
#else
struct reader : net<input<5, 2, 3>, relu, per_step<flatten, dense<4>, tanh_>> {};
#endif
