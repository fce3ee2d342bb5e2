// expect: layer 2 of 2, block: is a whole net; use chain<...> for a reusable block
#include <genet/declare.hpp>
using namespace genet;

struct block : net<input<8>, dense<8>, relu> {};

#ifndef FIXED
struct network : net<input<8>, relu, block> {};
#else
struct network : net<input<8>, relu, chain<dense<8>, relu>> {};
#endif
