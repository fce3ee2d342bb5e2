// expect: layer 1 of 1, dense<10>: does not take the option
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<8>, dense<10, epsilon<1e-3>>> {};
#else
struct network : net<input<8>, dense<10, name<"fc">>> {};
#endif
