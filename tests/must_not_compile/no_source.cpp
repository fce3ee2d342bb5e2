// expect: dense<10>: is not a source; a net begins with input, noise, tokens, mask, labels or inputs
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<dense<10>, relu> {};
#else
struct network : net<input<4>, dense<10>, relu> {};
#endif
