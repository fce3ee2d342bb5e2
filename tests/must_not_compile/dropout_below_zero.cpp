// expect: layer 1 of 1, dropout<-0.25>: wants a probability in [0, 1), got -0.25
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<8>, dropout<-0.25>> {};
#else
struct network : net<input<8>, dropout<0.25>> {};
#endif
