#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <type_traits>

#include "../declare/error.hpp"
#include "../layers/batch_norm.hpp"
#include "../tensor/reduce.hpp"
#include "element_wise.hpp"
#include "reordered.hpp"

namespace genet::inline GENET_ISA {

/// Ioffe & Szegedy 2015, algorithm 1; formulas of torch.nn.BatchNorm1d and 2d; with the element-wise layers behind it.
/// Kept once a batch: mean and 1/deviation. The batch is a matrix of one column a channel, and of one row a value:
/// examples, or their pixels. The team shares its tiles; what those sum up is added in their order.
template <class Layer, class... Then>
struct batch_norm_kernels {
  using then = epilogue_run<Then...>;

  template <class T, shapes In>
  static constexpr element_count workspace() {
    using g = grid<T, In[0][0]>;
    constexpr long block = g::block_rows * g::group, pixels = In[0].size() / In[0][0];
    return {(2 * g::columns * pixels + block - 1) / block, (2 + 2 + coefficients) * g::columns};
  }

  template <class T, shapes In>
  static void forward(const context<T>& c) {
    constexpr long channels = In[0][0], size = In[0].size();
    const grid<T, channels> g{c.rows * (size / channels)};
    if (c.how == mode::training && g.values == 1)
      throw usage_error("batch_norm: training needs more than one example in a batch, got 1");
    const T* factors = then::draw(c, c.rows * size, then::kept_factors(c, c.rows * size));
    T *mean = c.saved_per_batch, *inverse = mean + channels;
    const T share = T(1) / static_cast<T>(std::max(g.values, 1L));
    if (c.how == mode::training) {
      g.sum(c, [&](const auto& at, long row, auto j) __attribute__((always_inline)) {
        return at.load(c.real(), row, j);
      });
      for (long i = 0; i < channels; ++i) mean[i] = g.total(c, 0, i) * share;
      g.spread(c, 0, [&](long i) { return mean[i]; });
      g.sum(c, [&](const auto& at, long row, auto j) __attribute__((always_inline)) {
        const auto off = at.load(c.real(), row, j) - at.coefficient(c, 0, j);
        return off * off;
      });
      for (long i = 0; i < channels; ++i) inverse[i] = g.total(c, 0, i) * share;
      if (c.moving_state[0] && g.values > 0) {
        constexpr T fresh = T(Layer::values.momentum), kept = T(1 - Layer::values.momentum);
        const T unbiased = fresh * static_cast<T>(g.values) / static_cast<T>(g.values - 1);
        for (long i = 0; i < channels; ++i) {
          c.moving_state[0][i] = c.moving_state[0][i] * kept + mean[i] * fresh;
          c.moving_state[1][i] = c.moving_state[1][i] * kept + inverse[i] * unbiased;
        }
      }
    } else {
      std::copy_n(c.state[0], channels, mean);
      std::copy_n(c.state[1], channels, inverse);
    }
    for (long i = 0; i < channels; ++i) inverse[i] = 1 / std::sqrt(inverse[i] + T(Layer::values.epsilon));
    g.spread(c, 0, [&](long i) { return mean[i]; });
    g.spread(c, 1, [&](long i) { return inverse[i] * c.parameters[0][i]; });
    g.spread(c, 2, [&](long i) { return c.parameters[1][i]; });
    T* before = then::kept_input(c);
    g.each_tile(c, [&](const auto& at) __attribute__((always_inline)) {
      at.each([&](long row, auto j) __attribute__((always_inline)) {
        const auto z = tensor::fma<T>(at.load(c.real(), row, j) - at.coefficient(c, 0, j), at.coefficient(c, 1, j),
                                      at.coefficient(c, 2, j));
        if (before) at.store(before, row, j, z);
        at.store(c.result(), row, j, then::template value<T>(z, factors, at.place(row, j), at.count(row, j)));
      });
    });
  }

  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    constexpr long channels = In[0][0], size = In[0].size();
    const grid<T, channels> g{c.rows * (size / channels)};
    const T *mean = c.saved_per_batch, *inverse = mean + channels;
    const run_values<T> values = then::values(c, c.rows * size);
    T* dy = c.out_gradient;
    g.spread(c, 0, [&](long i) { return mean[i]; });
    g.sum(
        c,
        [&](const auto& at, long row, auto j) __attribute__((always_inline)) {
          auto dz = at.load(dy, row, j);
          if constexpr (then::any) {
            dz = then::template pull_back<T>(values, at.place(row, j), at.count(row, j), dz);
            at.store(dy, row, j, dz);
          }
          return dz;
        },
        [&](const auto& at, long row, auto j, const number<T>& dz) __attribute__((always_inline)) {
          return dz * (at.load(c.real(), row, j) - at.coefficient(c, 0, j));
        });
    const auto sum = [&](long i) { return g.total(c, 0, i); };
    const auto product_sum = [&](long i) { return g.total(c, 1, i) * inverse[i]; };  // dz times normalised x
    if constexpr (Want.parameters)
      for (long i = 0; i < channels; ++i) {
        const auto give = [&](T& to, T x) { to = c.accumulate ? to + x : x; };
        give(c.parameter_gradient[0][i], product_sum(i));
        give(c.parameter_gradient[1][i], sum(i));
      }
    if constexpr (Want.input(0)) {
      // dx = scale (dz - sum / n - normalised x * product_sum / n); the statistics depend on x in training only
      const T share = c.how == mode::training ? T(1) / static_cast<T>(std::max(g.values, 1L)) : T(0);
      const auto scale = [&](long i) { return inverse[i] * c.parameters[0][i]; };
      g.spread(c, 1, scale);
      g.spread(c, 2, [&](long i) { return scale(i) * sum(i) * share; });
      g.spread(c, 3, [&](long i) { return scale(i) * product_sum(i) * inverse[i] * share; });
      g.each_tile(c, [&](const auto& at) __attribute__((always_inline)) {
        at.each([&](long row, auto j) __attribute__((always_inline)) {
          auto dx = at.coefficient(c, 1, j) * at.load(dy, row, j) - at.coefficient(c, 2, j) -
                    (at.load(c.real(), row, j) - at.coefficient(c, 0, j)) * at.coefficient(c, 3, j);
          if constexpr (Want.adds(0)) dx = dx + at.load(c.in_gradient[0], row, j);
          at.store(c.in_gradient[0], row, j, dx);
        });
      });
    }
  }

 private:
  template <class T>
  using number = tensor::simd<T>;
  static constexpr int coefficients = 4;

  /// The matrix, and its tiles. Where channels are few, several rows are taken for one, so that vectors are full: the
  /// last one may then hold fewer. The workspace holds two sums for each column, coefficients for each column, then
  /// two sums of each block of rows for each column.
  template <class T, long Channels>
  struct grid {
    static constexpr long W = tensor::width<T>, together = 4 * W;
    static constexpr long period = std::lcm(Channels, W);
    static constexpr long group =
        Channels >= together ? 1 : period / Channels * ((together + period - 1) / period);  // rows in one
    static constexpr long columns = Channels * group;
    static constexpr long block_rows = std::max(64L, 8192 / columns);  // rounding grows with the number of blocks
    static constexpr long strips = (columns + together - 1) / together;

    long values;  // of a channel

    long elements() const { return values * Channels; }
    long rows() const { return (values + group - 1) / group; }
    long blocks() const { return (rows() + block_rows - 1) / block_rows; }

    template <int V>
    struct tile {
      const grid& of;
      long block, column;

      long place(long row, int j) const { return row * columns + column + j * W; }
      static constexpr bool whole = V > 1 && group == 1;
      long count(long row, int j) const {
        if constexpr (whole) return W;
        else if constexpr (group == 1) return std::min(W, columns - column);
        else return std::clamp(of.elements() - place(row, j), 0L, W);
      }
      number<T> load(const T* from, long row, int j) const {
        return tensor::load_partial(from + place(row, j), count(row, j));
      }
      void store(T* to, long row, int j, const number<T>& x) const {
        tensor::store_partial(to + place(row, j), x, count(row, j));
      }
      long in_line(int j) const { return group > 1 || whole ? W : std::min(W, columns - column - j * W); }
      number<T> coefficient(const context<T>& c, int which, int j) const {
        return tensor::load_partial(c.workspace + (2 + which) * columns + column + j * W, in_line(j));
      }
      /// f(row, vector) for all vectors.
      template <class F>
      [[gnu::always_inline]] inline void each(const F& f) const {
        const long end = std::min((block + 1) * block_rows, of.rows());
        for (long row = block * block_rows; row < end; ++row)
          tensor::unroll<V>([&](auto j) __attribute__((always_inline)) { f(row, j); });
      }
    };

    template <class F>
    void each_tile(const context<T>& c, const F& f) const {
      constexpr long worth_sharing = 8192, unit = (worth_sharing + block_rows * together - 1) / (block_rows * together);
      c.team->divide(blocks() * strips, unit, [&](long first, long count) {
        for (long i = first; i < first + count; ++i) {
          const long block = i / strips, column = i % strips * together, end = std::min(column + together, columns);
          if (end - column == together) f(tile<4>{*this, block, column});
          else
            for (long at = column; at < end; at += W) f(tile<1>{*this, block, at});
        }
      });
    }

    /// The sums over all rows of value(tile, row, vector), and of other(tile, row, vector, value) beside it.
    template <class F, class... G>
    void sum(const context<T>& c, const F& value, const G&... other) const {
      T* parts = c.workspace + (2 + coefficients) * columns;
      each_tile(c, [&]<int V>(const tile<V>& at) __attribute__((always_inline)) {
        constexpr int kinds = 1 + static_cast<int>(sizeof...(G));
        std::array<number<T>, static_cast<std::size_t>(kinds * V)> sums;
        sums.fill(number<T>(T(0)));
        at.each([&](long row, auto j) __attribute__((always_inline)) {
          const number<T> x = value(at, row, j);
          const auto add = [&](number<T>& to, number<T> term) __attribute__((always_inline)) {
            if (group > 1 && at.count(row, j) < W) term = first_lanes(term, at.count(row, j));
            to = to + term;
          };
          add(sums[j], x);
          (add(sums[V + j], other(at, row, j, x)), ...);
        });
        tensor::unroll<V>([&](auto j) __attribute__((always_inline)) {
          for (int k = 0; k < kinds; ++k)
            tensor::store_partial(parts + (kinds * at.block + k) * columns + at.column + j * W,
                                  sums[static_cast<std::size_t>(k * V + j)], at.in_line(j));
        });
      });
      tensor::column_sums(parts, blocks(), (1 + static_cast<long>(sizeof...(G))) * columns, c.workspace, false, *c.team);
    }
    /// What `sum` found for a channel.
    T total(const context<T>& c, int kind, long channel) const {
      T all = 0;
      for (long k = 0; k < group; ++k) all += c.workspace[kind * columns + k * Channels + channel];
      return all;
    }
    /// A number for each channel as coefficient `which` of the columns.
    template <class F>
    void spread(const context<T>& c, int which, const F& of_channel) const {
      T* to = c.workspace + (2 + which) * columns;
      for (long i = 0; i < Channels; ++i) to[i] = of_channel(i);
      for (long k = 1; k < group; ++k) std::copy_n(to, Channels, to + k * Channels);
    }

   private:
    [[gnu::noinline]] static number<T> first_lanes(const number<T>& x, long n) {
      alignas(tensor::alignment) std::array<T, static_cast<std::size_t>(W)> line;
      x.store_aligned(line.data());
      return tensor::load_partial(line.data(), n);
    }
  };
};

template <class... O>
struct compute<batch_norm_with<O...>> : batch_norm_kernels<batch_norm_with<O...>> {};
template <>
struct compute<batch_norm> : batch_norm_kernels<batch_norm> {};
template <class... O, class... Then>
struct compute<merged_layer<batch_norm_with<O...>, Then...>> : batch_norm_kernels<batch_norm_with<O...>, Then...> {};
template <class... Then>
struct compute<merged_layer<batch_norm, Then...>> : batch_norm_kernels<batch_norm, Then...> {};

}  // namespace genet
