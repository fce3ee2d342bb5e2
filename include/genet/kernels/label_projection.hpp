#pragma once
#include <algorithm>

#include "../layers/label_projection.hpp"
#include "embedding.hpp"

namespace genet::inline GENET_ISA {

template <int Classes, class... O>
struct compute<label_projection<Classes, O...>> {
  template <class T, shapes In>
  static void forward(const context<T>& c) {
    constexpr at<In> in;
    require_below(c, in.label, 1, Classes, &label_projection<Classes, O...>::label);
    each_example<In>(c, [&](long r, const T* f, const T* of_label) {
      c.result()[r] = tensor::dot(c.parameters[0], f, in.n) + tensor::dot(of_label, f, in.n) + c.parameters[1][0];
    });
  }
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    constexpr at<In> in;
    const T* dy = c.out_gradient;
    if constexpr (Want.input(in.features))
      each_example<In>(c, [&](long r, const T*, const T* of_label) {
        T* df = c.in_gradient[in.features] + r * in.n;
        if constexpr (!Want.adds(in.features)) std::fill_n(df, in.n, T(0));
        tensor::add_scaled(dy[r], c.parameters[0], df, in.n);
        tensor::add_scaled(dy[r], of_label, df, in.n);
      });
    if constexpr (Want.parameters) {
      const auto factor = [dy](long r) { return dy[r]; };
      const T* f = c.real(in.features);
      add_to_lines(c, c.integers(in.label), c.rows, f, in.n, in.n, Classes, c.parameter_gradient[2], factor);
      T* weight = c.parameter_gradient[0];
      const long unit = tensor::round_up(8192 / std::max(c.rows, 1L) + 1, tensor::width<T>);
      c.team->divide(in.n, unit, [&](long first, long count) {
        if (!c.accumulate) std::fill_n(weight + first, count, T(0));
        for (long r = 0; r < c.rows; ++r) tensor::add_scaled(dy[r], f + r * in.n + first, weight + first, count);
      });
      T sum = c.accumulate ? c.parameter_gradient[1][0] : T(0);
      for (long r = 0; r < c.rows; ++r) sum += dy[r];
      c.parameter_gradient[1][0] = sum;
    }
  }

 private:
  /// Where the features and the label are among the inputs.
  template <shapes In>
  struct at {
    static constexpr int features = In.kind[0] == element::real ? 0 : 1, label = 1 - features;
    static constexpr long n = In[features].size();
  };
  /// f(example, its features, the row of its label)
  template <shapes In, class T, class F>
  static void each_example(const context<T>& c, const F& f) {
    using in = at<In>;
    c.team->divide(c.rows, 4096 / in::n + 1, [&](long first, long count) {
      for (long r = first; r < first + count; ++r)
        f(r, c.real(in::features) + r * in::n, c.parameters[2] + c.integers(in::label)[r] * in::n);
    });
  }
};

}  // namespace genet
