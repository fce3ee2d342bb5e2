#pragma once
#include <algorithm>

#include "../layers/conv1d.hpp"
#include "conv2d.hpp"
#include "integers.hpp"

namespace genet::inline GENET_ISA {

/// A convolution over maps of one column; beside a mask on a copy of the sequence with zeros where nothing counts.
template <class Layer, class... Then>
struct conv1d_kernels {
  using inner = conv2d_kernels<Layer, Then...>;

  template <class T, shapes In>
  static constexpr element_count workspace() {
    return inner::template workspace<T, values<In>>();
  }

  template <class T, shapes In>
  static void forward(const context<T>& c) {
    if constexpr (sequence_of(In).masked())
      require_below(c, sequence_of(In).mask, sequence_of(In).length, 2, &Layer::label);
    inner::template forward<T, values<In>>(of_what_counts<In>(c));
  }

  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    constexpr sequence_input x = sequence_of(In);
    if constexpr (!x.masked()) {
      inner::template backward<T, In, Want>(c);
    } else {
      constexpr bool wanted = Want.input(x.values);
      context<T> own = of_what_counts<In>(c);
      own.in_gradient[0] = c.scratch + c.rows * x.length * x.features;
      inner::template backward<T, values<In>, wants{wanted ? 1U : 0U, 0, Want.parameters}>(own);
      if constexpr (wanted)
        each_position<In>(c, [&](long at, bool counts) {
          T* const dx = c.in_gradient[x.values] + at;
          if constexpr (Want.adds(x.values)) {
            for (long i = 0; i < x.features && counts; ++i) dx[i] += own.in_gradient[0][at + i];
          } else if (counts) {
            std::copy_n(own.in_gradient[0] + at, x.features, dx);
          } else {
            std::fill_n(dx, x.features, T(0));
          }
        });
    }
  }

 private:
  /// The sequence without its mask.
  template <shapes In>
  static constexpr shapes values = [] {
    shapes s;
    s.n = 1;
    s.at[0] = In[sequence_of(In).values];
    return spelled_out(s);
  }();

  /// f(place of its features, whether it counts) for all positions.
  template <shapes In, class T, class F>
  static void each_position(const context<T>& c, const F& f) {
    constexpr sequence_input x = sequence_of(In);
    const std::int32_t* counts = c.integers(x.mask);
    c.team->divide(c.rows * x.length, 4096 / x.features + 1, [&](long first, long count) {
      for (long p = first; p < first + count; ++p) f(p * x.features, counts[p] != 0);
    });
  }

  template <shapes In, class T>
  static context<T> of_what_counts(const context<T>& c) {
    constexpr sequence_input x = sequence_of(In);
    context<T> own = c;
    if constexpr (x.masked()) {
      each_position<In>(c, [&](long at, bool counts) {
        if (counts)
          std::copy_n(c.real(x.values) + at, x.features, c.scratch + at);
        else
          std::fill_n(c.scratch + at, x.features, T(0));
      });
      own.in[0] = c.scratch;
    }
    return own;
  }
};

template <int N, class... O>
struct compute<conv1d<N, O...>> : conv1d_kernels<conv1d<N, O...>> {};
template <int N, class... O, class... Then>
struct compute<merged_layer<conv1d<N, O...>, Then...>> : conv1d_kernels<conv1d<N, O...>, Then...> {};

}  // namespace genet
