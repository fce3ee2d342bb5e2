// expect: layer 2 of 2, leaky_relu<-0.2>: wants a positive slope, got -0.2
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<8>, dense<3>, leaky_relu<-0.2>> {};
#else
struct network : net<input<8>, dense<3>, leaky_relu<0.2>> {};
#endif
