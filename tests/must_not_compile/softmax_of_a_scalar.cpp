// expect: layer 2 of 2, softmax: wants at least one dimension, got ()
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<1>, reshape<>, softmax> {};
#else
struct network : net<input<1>, softmax> {};
#endif
