// expect: layer 1 of 2, gaussian_noise<0>: wants a positive standard deviation, got 0
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct encoder : net<input<8>, gaussian_noise<0>, dense<4>> {};
#else
struct encoder : net<input<8>, gaussian_noise<0.1>, dense<4>> {};
#endif
