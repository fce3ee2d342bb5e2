// expect: cannot be stepped: layer 2 of 2, lstm<32,bidirectional>, looks along the whole sequence
#include <genet/kernels.hpp>
#include <genet/run/session.hpp>
using namespace genet;

#ifndef FIXED
struct tagger : net<tokens<50, 1>, embedding<8>, lstm<32, bidirectional>> {};
#else
struct tagger : net<tokens<50, 1>, embedding<8>, lstm<32>> {};
#endif

void next(session<tagger>& run, weights<float> w, const std::int32_t* token, recurrent_state<float>& state) {
  run.step(w, token, state);
}
