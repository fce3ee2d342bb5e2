// expect: layer 2 of 3, log_softmax: wants at least one dimension, got ()
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<1>, reshape<>, log_softmax, relu> {};
#else
struct network : net<input<1>, log_softmax, relu> {};
#endif
