// expect: layer 2 of 2, add: cannot add different shapes: a (8), b (4)
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<8>, heads<head<"a", relu>, head<"b", dense<4>>>, add> {};
#else
struct network : net<input<8>, heads<head<"a", relu>, head<"b", dense<8>>>, add> {};
#endif
