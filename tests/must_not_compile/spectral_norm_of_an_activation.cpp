// expect: layer 2 of 2, spectral_norm<relu>: normalises the weight of dense and conv2d
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<20>, dense<49>, spectral_norm<relu>> {};
#else
struct network : net<input<20>, spectral_norm<dense<49>>, relu> {};
#endif
