// expect: an activation with derivative_from_output(y) derives from activation_from_output, one with derivative(x) from activation
#include <genet/declare.hpp>
#include <genet/kernels.hpp>
#include <genet/run/session.hpp>

using namespace genet;

#ifndef FIXED
struct square_plus : activation {
#else
struct square_plus : activation_from_output {
#endif
  static constexpr text label() { return "square_plus"; }
  static auto value(auto x) { return exp(x); }
  static auto derivative_from_output(auto y) { return y; }
};
struct network : net<input<4>, square_plus> {};

void run(weights<float> w, const float* x) {
  session<network, float, capability::gradient> s(1);
  s.forward(w, x, 1, mode::training, {});
}
