// expect: layer 2 of 2, residual, layer 1 of 2, chain, layer 2 of 2, heads, head<b>, repeat<2>, copy 1, dropout<2>: wants a probability in [0, 1), got 2
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<8>, relu,
                     residual<chain<relu, heads<head<"a", dense<8>>, head<"b", repeat<2, dropout<2>>>>>, add>> {};
#else
struct network : net<input<8>, relu,
                     residual<chain<relu, heads<head<"a", dense<8>>, head<"b", repeat<2, dropout<0.2>>>>>, add>> {};
#endif
