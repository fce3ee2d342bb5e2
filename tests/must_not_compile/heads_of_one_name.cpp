// expect: layer 2 of 2, heads: has two heads named mean
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<8>, relu, heads<head<"mean", dense<2>>, head<"mean", dense<2>>>> {};
#else
struct network : net<input<8>, relu, heads<head<"mean", dense<2>>, head<"log_variance", dense<2>>>> {};
#endif
