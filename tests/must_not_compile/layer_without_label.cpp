// expect: layer 1 of 1, mirror: is not a layer; it lacks infer(shape) or label()
#include <genet/declare.hpp>
using namespace genet;

struct mirror {
  static constexpr answer infer(shape s) { return gives(s); }
};
struct labelled : mirror {
  static constexpr text label() { return "labelled"; }
};

#ifndef FIXED
struct network : net<input<8>, mirror> {};
#else
struct network : net<input<8>, labelled> {};
#endif
