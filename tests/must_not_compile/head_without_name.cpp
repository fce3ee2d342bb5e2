// expect: layer 1 of 1, heads, layer 1 of 2, dense<2>: stands in heads without a name; wrap it in head<name, ...>
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<8>, heads<dense<2>, head<"b", dense<2>>>> {};
#else
struct network : net<input<8>, heads<head<"a", dense<2>>, head<"b", dense<2>>>> {};
#endif
