// expect: layer 2 of 2, pick<variance>: finds no variance among mean (2), log_variance (2)
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<8>, heads<head<"mean", dense<2>>, head<"log_variance", dense<2>>>, pick<"variance">> {};
#else
struct network : net<input<8>, heads<head<"mean", dense<2>>, head<"log_variance", dense<2>>>, pick<"log_variance">> {};
#endif
