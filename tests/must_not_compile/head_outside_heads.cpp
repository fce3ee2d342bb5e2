// expect: layer 2 of 2, head<mean>: stands alone; wrap it in heads<...>
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<8>, relu, head<"mean", dense<2>>> {};
#else
struct network : net<input<8>, relu, heads<head<"mean", dense<2>>>> {};
#endif
