// expect: layer 1 of 2, embedding<16>: wants tokens or a label, got (20)
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<20>, embedding<16>, flatten> {};
#else
struct network : net<tokens<5000, 20>, embedding<16>, flatten> {};
#endif
