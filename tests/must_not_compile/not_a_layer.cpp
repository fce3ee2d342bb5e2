// expect: layer 2 of 3, blur: is not a layer; it lacks infer(shape) or label()
#include <genet/declare.hpp>
using namespace genet;

struct blur {};
struct sharpen : activation {
  static constexpr text label() { return "sharpen"; }
};

#ifndef FIXED
struct network : net<input<8>, dense<4>, blur, relu> {};
#else
struct network : net<input<8>, dense<4>, sharpen, relu> {};
#endif
