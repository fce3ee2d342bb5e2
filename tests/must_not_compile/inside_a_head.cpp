// expect: layer 3 of 3, heads, head<log_variance>, layer 2 of 3, reshape<3,3>: cannot view 8 elements (8) as 9 (3,3)
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<8>, dense<8>, relu,
                     heads<head<"mean", dense<2>>, head<"log_variance", relu, reshape<3, 3>, flatten>>> {};
#else
struct network : net<input<8>, dense<8>, relu,
                     heads<head<"mean", dense<2>>, head<"log_variance", relu, reshape<2, 4>, flatten>>> {};
#endif
