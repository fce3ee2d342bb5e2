// expect: gradient penalty: layer 2 of 4, batch_norm, has no tangent: it mixes the examples of a batch
#include <genet/kernels.hpp>
#include <genet/run/tangent_session.hpp>

using namespace genet;

#ifndef FIXED
struct critic : net<input<4>, dense<3>, batch_norm, relu, dense<1>> {};
#else
struct critic : net<input<4>, dense<3>, relu, dense<1>> {};
#endif

void step(weights<float> w, const float* x, const float* direction, float* gradients) {
  tangent_session<critic> s(8);
  s.input_gradient(w, x, 8);
  s.add_gradient(w, direction, gradients);
}
