#pragma once
#include <algorithm>
#include <string>

#include "../declare/error.hpp"
#include "../layers/token_distribution.hpp"
#include "../tensor/vocabulary.hpp"
#include "context.hpp"

namespace genet::inline GENET_ISA {

/// The sizes of a layer over a vocabulary; throws bad_input if its state `used` makes no sense.
template <class T>
tensor::vocabulary vocabulary_of(const context<T>& c, long size, long width, text (*layer)()) {
  const T used = c.state[0][0];
  if (!(used >= T(1) && used <= static_cast<T>(size))) [[unlikely]] {
    const text who = layer();
    errors::raise<bad_input>({who.view(), ": `used` is ", std::to_string(used), ", expected 1 to ", size});
  }
  return {size, width, static_cast<long>(used)};
}

template <int V, class... O>
struct compute<token_distribution<V, O...>> {
  template <class T, shapes In>
  static constexpr element_count workspace() {
    constexpr tensor::vocabulary v{V, In[0][1], V};
    return {0, aligned(gradients<T>(v)) + tensor::vocabulary_work<T>::size(v)};
  }

  template <class T, shapes In>
  static void forward(const context<T>& c) {
    const tensor::vocabulary v = vocabulary_of(c, V, In[0][1], &token_distribution<V, O...>::label);
    tensor::log_probabilities(v, c.rows * In[0][0], c.real(), c.parameters[0], c.parameters[1], c.result(), *c.team);
  }

  /// The gradient of a logit is dy - exp(y) sum dy.
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    const tensor::vocabulary v = vocabulary_of(c, V, In[0][1], &token_distribution<V, O...>::label);
    const long rows = c.rows * In[0][0], line = v.line<T>(), at_once = v.rows_at_once<T>(*c.team);
    T *const dw = c.workspace, *const db = dw + v.size * v.width;
    const tensor::vocabulary_work<T> work(v, c.workspace + aligned(gradients<T>(v)));
    tensor::vocabulary_gradient<T> gradient(v, work, *c.team);
    gradient.begin(c.parameters[0], Want.parameters ? dw : nullptr, db);
    for (long first = 0; first < rows; first += at_once) {
      const long count = std::min(at_once, rows - first);
      c.team->divide(count, 2, [&](long begin, long n) {
        for (long r = begin; r < begin + n; ++r)
          tensor::log_softmax_gradient(c.result() + (first + r) * V, c.out_gradient + (first + r) * V, v.used,
                                       work.tile + r * line, line);
        if constexpr (Want.input(0))
          gradient.states(begin, n, c.in_gradient[0] + (first + begin) * v.width, false, Want.adds(0));
      });
      if constexpr (Want.parameters) gradient.weight(count, c.real() + first * v.width, false);
    }
    if constexpr (Want.parameters)
      tensor::hand_over(v, static_cast<const T*>(dw), static_cast<const T*>(db), c.parameter_gradient[0],
                        c.parameter_gradient[1], c.accumulate, work.turned, *c.team);
  }

 private:
  template <class T>
  static constexpr long gradients(const tensor::vocabulary& v) {
    return v.size * v.width + v.size;
  }
};

}  // namespace genet
