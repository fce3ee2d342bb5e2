// expect: this session cannot be stepped: its net is frozen<...> or was asked for less, so it has no parameter gradients
#include <genet/declare.hpp>
#include <genet/kernels.hpp>
#include <genet/run/session.hpp>

using namespace genet;

struct critic : net<input<4>, dense<3>, relu, dense<1>> {};

void step(weights<float> w, float* gradients, const parameter_update<float>& update) {
#ifndef FIXED
  session<frozen<critic>, float, capability::gradient> s(8);
#else
  session<critic, float, capability::gradient> s(8);
#endif
  s.backward(w, gradients, update);
}
