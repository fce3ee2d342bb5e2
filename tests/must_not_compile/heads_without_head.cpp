// expect: layer 2 of 2, heads: wants at least one head
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<8>, relu, heads<>> {};
#else
struct network : net<input<8>, relu, heads<head<"a", relu>>> {};
#endif
