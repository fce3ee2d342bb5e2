// expect: layer 2 of 2, token_distribution<5000>: wants hidden states (positions,features), got (640)
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct writer : net<input<20, 32>, flatten, token_distribution<5000>> {};
#else
struct writer : net<input<20, 32>, token_distribution<5000>> {};
#endif
