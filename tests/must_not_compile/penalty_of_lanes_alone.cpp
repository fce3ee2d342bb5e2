// expect: the slope of this activation is a formula of lanes alone; write it with auto, as in `static auto derivative(auto x)`
#include <genet/kernels.hpp>
#include <genet/run/tangent_session.hpp>

using namespace genet;

struct sine : activation {
  static constexpr text label() { return "sine"; }
  static auto value(auto x) { return sin(x); }
#ifndef FIXED
  template <class T>
  static auto derivative(tensor::lane<T> x) {
    return cos(x);
  }
#else
  static auto derivative(auto x) { return cos(x); }
#endif
};
struct critic : net<input<4>, dense<3>, sine, dense<1>> {};

void step(weights<float> w, const float* x, const float* direction, float* gradients) {
  tangent_session<critic> s(8);
  s.input_gradient(w, x, 8);
  s.add_gradient(w, direction, gradients);
}
