// expect: layer 1 of 1, heads: gives more than 8 tensors
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<8>,
                     heads<head<"a", relu>, head<"b", relu>, head<"c", relu>, head<"d", relu>, head<"e", relu>, head<"f", relu>, head<"g", relu>, head<"h", relu>, head<"i", relu>>> {};
#else
struct network : net<input<8>,
                     heads<head<"a", relu>, head<"b", relu>, head<"c", relu>, head<"d", relu>, head<"e", relu>, head<"f", relu>, head<"g", relu>, head<"h", relu>>> {};
#endif
