// expect: layer 2 of 3, chain, layer 2 of 2, reshape<5>: cannot view 4 elements (4) as 5 (5)
#include <genet/declare.hpp>
using namespace genet;

using block = chain<dense<4>, reshape<5>>;

#ifndef FIXED
struct network : net<input<8>, relu, block, sigmoid> {};
#else
struct network : net<input<8>, relu, chain<dense<5>, reshape<5>>, sigmoid> {};
#endif
