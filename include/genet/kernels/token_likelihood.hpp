#pragma once
#include <algorithm>

#include "../layers/token_likelihood.hpp"
#include "contribute.hpp"
#include "integers.hpp"
#include "token_distribution.hpp"

namespace genet::inline GENET_ISA {

/// Gradients are made in the forward pass and kept: those of the states for each example, those of weight, row after
/// row, and bias once a batch.
template <int V, class... O>
struct compute<token_likelihood<V, O...>> {
  template <class T, shapes In>
  static constexpr element_count workspace() {
    return {0, tensor::vocabulary_work<T>::size({V, of<In>.states[1], V})};
  }

  template <class T, shapes In>
  static void forward(const context<T>& c) {
    constexpr sizes at = of<In>;
    const tensor::vocabulary v = vocabulary_of(c, V, at.states[1], &token_likelihood<V, O...>::label);
    require_below(c, at.in.targets, at.states[0], static_cast<int>(v.used), &token_likelihood<V, O...>::label);
    tensor::likelihood_of<T> job{
        .x = c.real(at.in.states), .targets = c.integers(at.in.targets), .log_p = c.result()};
    if (c.how == mode::training) {
      job.coefficients = c.real(at.in.coefficients);
      job.dx = c.saved;
      job.dw = c.saved_per_batch;
      job.db = job.dw + v.size * v.width;
    }
    tensor::likelihood(v, c.rows * at.states[0], job, c.parameters[0], c.parameters[1],
                       tensor::vocabulary_work<T>(v, c.workspace), *c.team);
  }

  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    constexpr sizes at = of<In>;
    if (c.how != mode::training) {
      const text who = token_likelihood<V, O...>::label();
      errors::raise<usage_error>({who.view(), ": backward wants a forward pass in training, got one in evaluation"});
    }
    const tensor::vocabulary v{V, at.states[1], V};
    if constexpr (Want.input(at.in.states))
      contribute<Want, at.in.states>(c.in_gradient[at.in.states], c.rows * at.states.size(),
                                     tensor::flat(static_cast<const T*>(c.saved), c.rows * at.states.size()));
    if constexpr (Want.input(at.in.coefficients))
      contribute<Want, at.in.coefficients>(c.in_gradient[at.in.coefficients], c.rows * at.states[0],
                                           tensor::flat(static_cast<const T*>(c.result()), c.rows * at.states[0]));
    if constexpr (Want.parameters) {
      const T *const dw = c.saved_per_batch, *const db = dw + v.size * v.width;
      tensor::hand_over(v, dw, db, c.parameter_gradient[0], c.parameter_gradient[1], c.accumulate, c.workspace,
                        *c.team);
    }
  }

 private:
  struct sizes {
    likelihood_input in;
    shape states;
  };
  template <shapes In>
  static constexpr sizes of = [] {
    const likelihood_input in = likelihood_input_of(In);
    return sizes{in, In[in.states]};
  }();
};

}  // namespace genet
