// expect: with_length: the shape of 1.weight depends on the length
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<20, 3>, flatten, dense<5>> {};
#else
struct network : net<input<20, 3>, rnn<5>> {};
#endif
using one = checked<with_length<network, 1>>;
