// expect: a layer with parameters gets no gradient: its output is not used; take it out of the net
#include <genet/declare.hpp>
#include <genet/kernels.hpp>
#include <genet/run/session.hpp>

using namespace genet;

#ifndef FIXED
struct network : net<input<4>, heads<head<"used", dense<3>>, head<"forgotten", dense<3>>>, pick<"used">> {};
#else
struct network : net<input<4>, heads<head<"used", dense<3>>, head<"forgotten", tanh_>>, pick<"used">> {};
#endif

void step(session<network, float, capability::gradient>& s, weights<float> w, float* gradients, const parameter_update<float>& update) {
  s.backward(w, gradients, update);
}
