// expect: layer 1 of 2, residual: wants one tensor in and out, has (8) in, a (8), b (8) out
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<8>, residual<heads<head<"a", dense<8>>, head<"b", dense<8>>>>, relu> {};
#else
struct network : net<input<8>, residual<heads<head<"a", dense<8>>, head<"b", dense<8>>>, add>, relu> {};
#endif
