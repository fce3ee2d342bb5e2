#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>

#include "../layers/spectral_norm.hpp"
#include "../tensor/linear.hpp"
#include "../tensor/matmul.hpp"
#include "../tensor/reduce.hpp"
#include "conv2d.hpp"
#include "dense.hpp"
#include "reordered.hpp"

namespace genet::inline GENET_ISA {

/// The layer's own kernel on W / sigma. Its weight is a matrix W of one row for each output, which lies transposed in
/// panels, one after the other for each group; v is kept in the order of their lines. Kept once a batch: sigma, u, v.
template <class Layer, class... Then>
struct spectral_norm_kernels {
  using inner = compute<std::conditional_t<(sizeof...(Then) > 0), merged_layer<Layer, Then...>, Layer>>;

  template <class T, shapes In>
  static constexpr element_count workspace() {
    const element_count own = inner::template workspace<T, In>();
    return {own.per_example, of<T, In>::end + own.per_batch};
  }

  template <class T, shapes In>
  static void forward(const context<T>& c) {
    using m = of<T, In>;
    T *sigma = c.saved_per_batch, *u = sigma + 1, *v = u + m::outputs, *product = c.workspace + m::at_bias;
    std::copy_n(c.state[0], m::outputs, u);
    for (long i = 0; i < m::inputs; ++i) v[m::line_of(i)] = c.state[1][i];
    if (c.moving_state[0]) {
      m::times_outputs(c.parameters[0], u, v, *c.team);
      normalise(v, m::inputs);
    }
    m::times_inputs(c.parameters[0], v, product, *c.team);
    if (c.moving_state[0]) {
      std::copy_n(product, m::outputs, u);
      normalise(u, m::outputs);
      std::copy_n(u, m::outputs, c.moving_state[0]);
      for (long i = 0; i < m::inputs; ++i) c.moving_state[1][i] = v[m::line_of(i)];
    }
    *sigma = tensor::dot(u, static_cast<const T*>(product), m::outputs);
    inner::template forward<T, In>(of_inner<In>(c));
  }

  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    using m = of<T, In>;
    context<T> own = of_inner<In>(c);
    T *weight = c.workspace + m::at_gradient, *bias = c.workspace + m::at_bias;
    own.parameter_gradient = {weight, bias};
    own.accumulate = false;
    own.update = nullptr;
    inner::template backward<T, In, Want>(own);
    if constexpr (Want.parameters) {
      if constexpr (m::biases > 0)
        for (long i = 0; i < m::biases; ++i)
          c.parameter_gradient[1][i] = c.accumulate ? c.parameter_gradient[1][i] + bias[i] : bias[i];
      const T *sigma = c.saved_per_batch, *u = sigma + 1, *v = u + m::outputs;
      const double along = tensor::sum_over_blocks(m::size, tensor::width<T>, 8192, *c.team, [&](long first, long n) {
        return static_cast<double>(tensor::dot(static_cast<const T*>(weight) + first, own.parameters[0] + first, n));
      });
      // dW = (G - <G, W / sigma> u v^T) / sigma
      m::each_line(*c.team, [&](long output, long count, long line, long at) {
        const auto g = number<T>::load_unaligned(weight + at);  // in padding zero, and stays so
        const auto shift = tensor::load_partial(u + output, count) * number<T>(static_cast<T>(along) * v[line]);
        auto dw = (g - shift) * number<T>(1 / *sigma);
        T* to = c.parameter_gradient[0] + at;
        if (c.accumulate) dw = dw + number<T>::load_unaligned(to);
        dw.store_unaligned(to);
      });
    }
  }

 private:
  template <class T>
  using number = tensor::simd<T>;

  template <class T>
  static void normalise(T* x, long n) {
    const double norm = std::sqrt(tensor::sum_of_squares(static_cast<const T*>(x), n));
    const T factor = static_cast<T>(1 / std::max(norm, spectral_norm<Layer>::least_norm));
    for (long i = 0; i < n; ++i) x[i] *= factor;
  }

  /// The layer's weight in its panels, and where the workspace holds what.
  template <class T, shapes In>
  struct of {
    static constexpr tensor_declaration declared = Layer::infer(In[0]).parameters[0];
    static constexpr bool filters = declared.layout.how == tensor_layout::filters;
    static constexpr long outputs = declared.s[0], inputs = declared.s.size() / outputs, groups = declared.layout.groups;
    static constexpr long share = outputs / groups, of_group = tensor::pack_size<T>(inputs, share);
    static constexpr long size = groups * of_group, biases = Layer::has_bias ? outputs : 0;
    static constexpr long at_gradient = aligned(size), at_bias = 2 * at_gradient, end = at_bias + aligned(outputs);

    /// The line of the panels that belongs to input i as files number it.
    static constexpr long line_of(long i) {
      if (!filters) return i;
      const long pixels = inputs / declared.s[1];
      return i % pixels * declared.s[1] + i / pixels;
    }
    /// f(first output, their number, line, place) for all vectors; a vector holds one line of some outputs.
    template <class F>
    static void each_line(tensor::team& team, const F& f) {
      constexpr long W = tensor::width<T>, lines_at_least = 16384 / share + 1;
      team.divide(inputs, lines_at_least, [&](long first, long count) {
        for (long g = 0; g < groups; ++g)
          for (long j = 0; j < share; j += tensor::panel_width<T>) {
            const long width = tensor::panel_line<T>(share, j), panel = g * of_group + j * inputs;
            for (long line = first; line < first + count; ++line)
              for (long k = 0; k < width && j + k < share; k += W)
                f(g * share + j + k, std::min(W, share - j - k), line, panel + line * width + k);
          }
      });
    }
    /// v = W^T u: some lines at a time, each summed up over the panels before its lanes are.
    static void times_outputs(const T* weight, const T* u, T* v, tensor::team& team) {
      constexpr long W = tensor::width<T>, together = 8, lines_at_least = 16384 / outputs + 1;
      team.divide(inputs, tensor::round_up(lines_at_least, together), [&](long first, long count) {
        for (long line = first; line < first + count; line += together) {
          const long lines = std::min(together, first + count - line);
          std::array<number<T>, static_cast<std::size_t>(together)> sums;
          sums.fill(number<T>(T(0)));
          for (long g = 0; g < groups; ++g)
            for (long j = 0; j < share; j += W) {
              const long begin = j / tensor::panel_width<T> * tensor::panel_width<T>;
              const long width = tensor::panel_line<T>(share, begin);
              const T* at = weight + g * of_group + begin * inputs + line * width + (j - begin);
              const auto factor = tensor::load_partial(u + g * share + j, std::min(W, share - j));
              for (long i = 0; i < lines; ++i) {  // the padding of panels is zero
                auto& sum = sums[static_cast<std::size_t>(i)];
                sum = tensor::fma<T>(number<T>::load_unaligned(at + i * width), factor, sum);
              }
            }
          for (long i = 0; i < lines; ++i) v[line + i] = tensor::horizontal_sum(sums[static_cast<std::size_t>(i)]);
        }
      });
    }
    /// u = W v
    static void times_inputs(const T* weight, const T* v, T* u, tensor::team& team) {
      for (long g = 0; g < groups; ++g)
        tensor::matmul(1, share, inputs, v, inputs, 1, weight + g * of_group, u + g * share, share, false, {}, team);
    }
  };

  /// The call of the layer's own kernel.
  template <shapes In, class T>
  static context<T> of_inner(const context<T>& c) {
    using m = of<T, In>;
    context<T> own = c;
    const T factor = 1 / *c.saved_per_batch;
    T* weight = c.workspace;
    c.team->divide(m::size, 4096, [&](long first, long count) {
      tensor::each_vector<T>(count, [&](long i, long n) __attribute__((always_inline)) {
        tensor::store_partial(weight + first + i,
                              tensor::load_partial(c.parameters[0] + first + i, n) * number<T>(factor), n);
      });
    });
    own.parameters[0] = weight;
    own.workspace = c.workspace + m::end;
    return own;
  }
};

template <class Layer>
struct compute<spectral_norm<Layer>> : spectral_norm_kernels<Layer> {};
template <class Layer, class... Then>
struct compute<merged_layer<spectral_norm<Layer>, Then...>> : spectral_norm_kernels<Layer, Then...> {};

}  // namespace genet
