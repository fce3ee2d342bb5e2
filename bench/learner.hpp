#pragma once
// A training step without a trainer: what benchmarks of whole steps share.
#include <genet/genet.hpp>

namespace bench {

using namespace genet;

/// A model with the session that runs it, or another net on its parameters, and the optimiser that moves it.
template <class Net, class Runs = Net>
class learner {
 public:
  learner(long batch, adam how, tensor::team& team = tensor::alone())
      : run(batch, team), stepper_(how, model<Net>::tensors(), 0, static_cast<long>(m.parameters().size())) {}

  model<Net> m{seed{1}};
  session<Runs> run;

  /// The backward pass with the optimiser's step in it.
  void step() {
    const step_facts now{.step = ++steps_, .learning_rate = stepper_.optimiser().learning_rate};
    run.backward(m.view(), gradients_.data(),
                 stepper_.within_backward(m.parameters().data(), {moments_[0].data(), moments_[1].data()}, now));
  }
  long steps() const { return steps_; }

 private:
  tensor::block<float> block() const { return tensor::block<float>(static_cast<long>(m.parameters().size())); }

  stepper<adam, float> stepper_;
  tensor::block<float> gradients_ = block(), moments_[2] = {block(), block()};
  long steps_ = 0;
};

}  // namespace bench
