// expect: layer 2 of 2, dense<4>: wants one input, got 2: mean (2), log_variance (2); join them by concat or add
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<8>, heads<head<"mean", dense<2>>, head<"log_variance", dense<2>>>, dense<4>> {};
#else
struct network : net<input<8>, heads<head<"mean", dense<2>>, head<"log_variance", dense<2>>>, concat, dense<4>> {};
#endif
