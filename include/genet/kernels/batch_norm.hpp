#pragma once
#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

#include "../declare/error.hpp"
#include "../layers/batch_norm.hpp"
#include "element_wise.hpp"

namespace genet::inline GENET_ISA {

/// Ioffe & Szegedy 2015, algorithm 1; formulas of torch.nn.BatchNorm1d; with the element-wise layers behind it. Kept
/// once a batch: mean and 1/deviation. Everything goes by strips of a few vectors of columns, which the team shares:
/// no sum crosses from one to the other.
template <class Layer, class... Then>
struct batch_norm_kernels {
  using then = epilogue_run<Then...>;

  template <class T, shapes In>
  static void forward(const context<T>& c) {
    constexpr long n = In[0].size();
    if (c.how == mode::training && c.rows == 1)
      throw usage_error("batch_norm: training needs more than one example in a batch, got 1");
    const T* factors = then::draw(c, c.rows * n, then::kept_factors(c, c.rows * n));
    each_strip<T, n>(c, [&](auto vectors, long column, long count) __attribute__((always_inline)) {
      constexpr int V = decltype(vectors)::value;
      strip<T, n, V> at{column, count};
      vector<T, V> mean, inverse, scale;
      T* kept_mean = c.saved_per_batch;
      if (c.how == mode::training) {
        const T share = T(1) / static_cast<T>(std::max(c.rows, 1L));
        const T* x = c.real();
        at.sum(c.rows, mean, [&](long r, auto j) __attribute__((always_inline)) { return at.load(x, r, j); });
        at.each([&](auto j) __attribute__((always_inline)) { mean[j] = mean[j] * share; });
        at.sum(c.rows, inverse, [&](long r, auto j) __attribute__((always_inline)) {
          const auto off = at.load(x, r, j) - mean[j];
          return off * off;
        });
        at.each([&](auto j) __attribute__((always_inline)) { inverse[j] = inverse[j] * share; });
        if (c.moving_state[0] && c.rows > 0) {
          constexpr T fresh = T(Layer::values.momentum), kept = T(1 - Layer::values.momentum);
          const T unbiased = fresh * static_cast<T>(c.rows) / static_cast<T>(c.rows - 1);
          at.each([&](auto j) __attribute__((always_inline)) {
            T *running_mean = c.moving_state[0], *running_variance = c.moving_state[1];
            at.store(running_mean, 0, j, at.load(running_mean, 0, j) * kept + mean[j] * fresh);
            at.store(running_variance, 0, j, at.load(running_variance, 0, j) * kept + inverse[j] * unbiased);
          });
        }
      } else {
        at.each([&](auto j) __attribute__((always_inline)) {
          mean[j] = at.load(c.state[0], 0, j);
          inverse[j] = at.load(c.state[1], 0, j);
        });
      }
      vector<T, V> bias;
      at.each([&](auto j) __attribute__((always_inline)) {
        inverse[j] = number<T>(T(1)) / xsimd::sqrt(inverse[j] + T(Layer::values.epsilon));
        at.store(kept_mean, 0, j, mean[j]);
        at.store(kept_mean + n, 0, j, inverse[j]);
        scale[j] = inverse[j] * at.load(c.parameters[0], 0, j);
        bias[j] = at.load(c.parameters[1], 0, j);
      });
      T* before = then::kept_input(c);
      for (long r = 0; r < c.rows; ++r)
        at.each([&](auto j) __attribute__((always_inline)) {
          const auto z = tensor::fma<T>(at.load(c.real(), r, j) - mean[j], scale[j], bias[j]);
          if (before) at.store(before, r, j, z);
          at.store(c.result(), r, j, then::template value<T>(z, factors, at.place(r, j), at.count(j)));
        });
    });
  }

  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    constexpr long n = In[0].size();
    const bool training = c.how == mode::training;
    const T share = T(1) / static_cast<T>(std::max(c.rows, 1L));
    const run_values<T> values = then::values(c, c.rows * n);
    each_strip<T, n>(c, [&](auto vectors, long column, long count) __attribute__((always_inline)) {
      constexpr int V = decltype(vectors)::value;
      strip<T, n, V> at{column, count};
      vector<T, V> mean, inverse, sum, product_sum;  // of dy, and of dy times normalised x
      at.each([&](auto j) __attribute__((always_inline)) {
        mean[j] = at.load(c.saved_per_batch, 0, j);
        inverse[j] = at.load(c.saved_per_batch + n, 0, j);
      });
      T* dy = c.out_gradient;
      at.sum(
          c.rows, sum,
          [&](long r, auto j) __attribute__((always_inline)) {
            auto g = at.load(dy, r, j);
            if constexpr (then::any) {
              g = then::template pull_back<T>(values, at.place(r, j), at.count(j), g);
              at.store(dy, r, j, g);
            }
            return g;
          },
          product_sum,
          [&](long r, auto j, const number<T>& g) __attribute__((always_inline)) {
            return g * (at.load(c.real(), r, j) - mean[j]);
          });
      at.each([&](auto j) __attribute__((always_inline)) { product_sum[j] = product_sum[j] * inverse[j]; });
      if constexpr (Want.parameters)
        at.each([&](auto j) __attribute__((always_inline)) {
          const auto give = [&](T* to, const number<T>& x) {
            at.store(to, 0, j, c.accumulate ? at.load(to, 0, j) + x : x);
          };
          give(c.parameter_gradient[0], product_sum[j]);
          give(c.parameter_gradient[1], sum[j]);
        });
      if constexpr (Want.input(0)) {
        // dx = scale (dy - sum / rows - normalised x * product_sum / rows); the statistics depend on x in training only
        vector<T, V> scale, slope, shift;
        at.each([&](auto j) __attribute__((always_inline)) {
          scale[j] = inverse[j] * at.load(c.parameters[0], 0, j);
          slope[j] = scale[j] * product_sum[j] * inverse[j] * (training ? share : T(0));
          shift[j] = scale[j] * sum[j] * (training ? share : T(0));
        });
        for (long r = 0; r < c.rows; ++r)
          at.each([&](auto j) __attribute__((always_inline)) {
            auto dx = scale[j] * at.load(dy, r, j) - shift[j] - (at.load(c.real(), r, j) - mean[j]) * slope[j];
            if constexpr (Want.adds(0)) dx = dx + at.load(c.in_gradient[0], r, j);
            at.store(c.in_gradient[0], r, j, dx);
          });
      }
    });
  }

 private:
  template <class T>
  using number = tensor::simd<T>;
  template <class T, int V>
  using vector = std::array<number<T>, static_cast<std::size_t>(V)>;

  /// V vectors of columns of matrices with N columns; the last one may hold fewer than a whole vector.
  template <class T, long N, int V>
  struct strip {
    long column, last;

    long place(long row, int j) const { return row * N + column + j * tensor::width<T>; }
    long count(int j) const { return j + 1 < V ? tensor::width<T> : last; }
    number<T> load(const T* from, long row, int j) const {
      return tensor::load_partial(from + place(row, j), count(j));
    }
    void store(T* to, long row, int j, const number<T>& x) const {
      tensor::store_partial(to + place(row, j), x, count(j));
    }

    template <class F>
    [[gnu::always_inline]] static inline void each(F&& f) {
      tensor::unroll<V>(std::forward<F>(f));
    }
    /// sums[j] = the sum over all rows of value(row, j), and other_sums[j] that of other(row, j, value(row, j)).
    template <class F, class G>
    [[gnu::always_inline]] static inline void sum(long rows, vector<T, V>& sums, const F& value,
                                                  vector<T, V>& other_sums, const G& other) {
      constexpr long block_rows = 64;  // rounding grows with their number rather than with that of the rows
      each([&](auto j) __attribute__((always_inline)) { sums[j] = other_sums[j] = number<T>(T(0)); });
      for (long begin = 0; begin < rows; begin += block_rows) {
        vector<T, V> part, other_part;
        each([&](auto j) __attribute__((always_inline)) { part[j] = other_part[j] = number<T>(T(0)); });
        for (long r = begin; r < std::min(begin + block_rows, rows); ++r)
          each([&](auto j) __attribute__((always_inline)) {
            const number<T> x = value(r, j);
            part[j] = part[j] + x;
            other_part[j] = other_part[j] + other(r, j, x);
          });
        each([&](auto j) __attribute__((always_inline)) {
          sums[j] = sums[j] + part[j];
          other_sums[j] = other_sums[j] + other_part[j];
        });
      }
    }
    template <class F>
    [[gnu::always_inline]] static inline void sum(long rows, vector<T, V>& sums, const F& value) {
      vector<T, V> none;
      sum(rows, sums, value, none,
          [](long, int, const number<T>&) __attribute__((always_inline)) { return number<T>(T(0)); });
    }
  };

  /// f(vectors, column, elements of the last vector) for all strips.
  template <class T, long N, class F>
  static void each_strip(const context<T>& c, const F& f) {
    constexpr long W = tensor::width<T>, worth_sharing = 8192;
    const long unit = tensor::round_up(worth_sharing / std::max(c.rows, 1L) + 1, 4 * W);
    c.team->divide(N, unit, [&](long first, long count) {
      const long end = first + count;
      for (; first + 4 * W <= end; first += 4 * W) f(std::integral_constant<int, 4>{}, first, W);
      for (; first < end; first += W) f(std::integral_constant<int, 1>{}, first, std::min(W, end - first));
    });
  }
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
