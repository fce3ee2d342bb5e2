// expect: fused_update steps a weight as soon as its gradient is known
// expect: several contributions
#include <genet/kernels.hpp>
#include <genet/train/trainer.hpp>

using namespace genet;

struct squeeze : net<input<4>, dense<3>, relu, dense<4>> {};

struct both_halves : loss_objective<mse> {
  static constexpr int contributions = 2;  // the step runs the net on each half
};

void train(model<squeeze>& m, const data::examples& examples) {
#ifndef FIXED
  trainer fit{m, both_halves{}, fused_update{adam{}}};
#else
  trainer fit{m, both_halves{}, adam{}};
#endif
  fit.run(examples, epochs{1}, batch{8});
}
