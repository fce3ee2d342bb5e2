// expect: layer 2 of 2, halve: wants an even number of features, got (7)
#include <genet/declare.hpp>
using namespace genet;

struct halve {
  static constexpr text label() { return "halve"; }
  static constexpr answer infer(shape in) {
    if (in.size() % 2) return refuse(text("wants an even number of features, got ") << show(in));
    return gives(vector_shape(in[0] / 2));
  }
};

#ifndef FIXED
struct network : net<input<8>, dense<7>, halve> {};
#else
struct network : net<input<8>, dense<6>, halve> {};
#endif
