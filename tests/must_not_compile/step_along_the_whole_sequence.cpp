// expect: cannot be stepped: layer 3 of 4, layer_norm, looks along the whole sequence
#include <genet/kernels.hpp>
#include <genet/run/session.hpp>
using namespace genet;

#ifndef FIXED
struct generator : net<tokens<50, 20>, embedding<8>, gru<32>, layer_norm, tanh_> {};
#else
struct generator : net<tokens<50, 20>, embedding<8>, gru<32>, tanh_> {};
#endif

void next(session<with_length<generator, 20>>& run, weights<float> w, const std::int32_t* token,
          recurrent_state<float>& state) {
  run.step(w, token, state);
}
