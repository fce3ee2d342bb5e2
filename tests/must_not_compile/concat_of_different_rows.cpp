// expect: layer 2 of 2, concat: wants shapes equal after the first dimension, got a (2,4), b (4,2)
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<8>, heads<head<"a", reshape<2, 4>>, head<"b", reshape<4, 2>>>, concat> {};
#else
struct network : net<input<8>, heads<head<"a", reshape<2, 4>>, head<"b", relu, reshape<2, 4>>>, concat> {};
#endif
