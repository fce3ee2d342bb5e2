// Compiled once for each kind of processor, with its -march and with its name of the function: -D SCORE=score_x86_64
#include <algorithm>

#include <genet/kernels.hpp>
#include <genet/run/model.hpp>
#include <genet/run/session.hpp>

#include "score.hpp"

namespace {  // nothing but SCORE may be seen from outside: the other kinds have it under the same name

using namespace genet;

struct classifier : net<input<1, 28, 28>, flatten, dense<64>, gelu, layer_norm, dense<10>, softmax> {};

}  // namespace

void SCORE(const float* pictures, long count, float* scores) {
  const model<classifier> m{seed{7}};  // here a program loads its weights
  session<classifier, float, capability::forward> run{count};
  run.forward(m.view(), pictures, count);
  std::ranges::copy(run.output(), scores);
}
