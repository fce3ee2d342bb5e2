#pragma once
#include <algorithm>
#include <span>
#include <type_traits>

#include "../layers/activations.hpp"
#include "../layers/dropout.hpp"
#include "../random/distributions.hpp"
#include "../tensor/activation.hpp"
#include "context.hpp"

namespace genet::inline GENET_ISA {

/// The formulas of an activation, on tensor::lane. A user's activation carries them itself.
template <class A>
struct formula : A {};

/// What an element-wise layer makes of one vector, `factor` being the dropout's at this place, and of the gradient
/// there: from what went in and what came out.
template <class L>
struct element_wise {
  static_assert(
      L::from_output == tensor::from_output<formula<L>>,
      "an activation with derivative_from_output(y) derives from activation_from_output, one with derivative(x) "
      "from activation");
  static constexpr double probability = 0;  // of a zero

  template <class T>
  static tensor::lane<T> value(tensor::lane<T> x, tensor::lane<T>) {
    return formula<L>::value(x);
  }
  template <class T>
  static tensor::lane<T> pull_back(tensor::lane<T> x, tensor::lane<T> y, tensor::lane<T>, tensor::lane<T> dy) {
    return dy * tensor::derivative<formula<L>>(L::from_output ? y : x);
  }
};
template <real P>
struct element_wise<dropout<P>> {
  static constexpr double probability = P.value();

  template <class T>
  static tensor::lane<T> value(tensor::lane<T> x, tensor::lane<T> factor) {
    return x * factor;
  }
  template <class T>
  static tensor::lane<T> pull_back(tensor::lane<T>, tensor::lane<T>, tensor::lane<T> factor, tensor::lane<T> dy) {
    return dy * factor;
  }
};

/// What the backward pass of a run reads; null where it does not.
template <class T>
struct run_values {
  const T* input = nullptr;
  const T* output = nullptr;
  const T* factors = nullptr;  // of the dropout: 0 or 1 / (1 - P)

  run_values at(long i) const {
    const auto move = [i](const T* p) { return p ? p + i : p; };
    return {move(input), move(output), move(factors)};
  }
};

/// Element-wise layers one behind the other, at most one of them a dropout, computed in one pass each way.
template <class... Stage>
struct element_run {
  static constexpr bool any = sizeof...(Stage) > 0;
  static constexpr bool draws = (words<Stage>[0].draws || ...);
  static constexpr run_needs reads = [] {
    run_needs r;
    if constexpr (any) {
      const word* all[] = {words<Stage>.data()...};
      r = needs_of_run(sizeof...(Stage), [&](int i) -> const word& { return *all[i]; });
    }
    return r;
  }();

  /// The values of `count` elements at x, by the factors of the dropout there (null: all are one); y may be x.
  template <class T>
  static void forward(const T* x, T* y, const T* factors, long n) {
    tensor::each_vector<T>(
        n, [&](long i, long count) __attribute__((always_inline)) {
          tensor::store_partial(y + i, value<T>(tensor::load_partial(x + i, count), factors, i, count), count);
        });
  }
  template <class T>
  [[gnu::always_inline]] static inline tensor::simd<T> value(tensor::lane<T> x, const T* factors, long i, long count) {
    [[maybe_unused]] const tensor::lane<T> factor = load(draws ? factors : nullptr, i, count, T(1));
    ((x = element_wise<Stage>::value(x, factor)), ...);
    return x.v;
  }

  /// dx = the gradient of the input from that of the output, or dx += it; dx may be dy.
  template <class T>
  static void backward(const run_values<T>& of, const T* dy, T* dx, long n, bool add = false) {
    tensor::each_vector<T>(
        n, [&](long i, long count) __attribute__((always_inline)) {
          const auto g = pull_back<T>(of, i, count, tensor::load_partial(dy + i, count));
          tensor::store_partial(dx + i, add ? g + tensor::load_partial(dx + i, count) : g, count);
        });
  }
  template <class T>
  [[gnu::always_inline]] static inline tensor::simd<T> pull_back(const run_values<T>& of, long i, long count,
                                                                 tensor::lane<T> dy) {
    const T* factors = draws ? of.factors : nullptr;
    return back<T, Stage...>(load(reads.input ? of.input : nullptr, i, count, T(0)),
                             load(reads.output ? of.output : nullptr, i, count, T(0)),
                             load(factors, i, count, T(1)), tensor::lane<T>(factors ? 1 - probability : 1), dy)
        .v;
  }

  /// Draws the factors of all n elements of a pass in training, where `kept` has room; null in evaluation.
  template <class T>
  static const T* draw(const context<T>& c, long n, T* kept) {
    if (!draws || c.how != mode::training) return nullptr;
    if (c.injected) {
      std::copy_n(c.injected, n, kept);
    } else {
      constexpr long at_least = 4096;
      const long before = c.rows > 0 ? n / c.rows * c.first_row : 0;
      c.team->divide(n, at_least, [&](long first, long count) {
        rng::keep_mask(std::span<T>(kept + first, static_cast<std::size_t>(count)), probability, c.noise,
                       static_cast<std::uint64_t>(before + first));
      });
    }
    return kept;
  }

 private:
  static constexpr double probability = (0.0 + ... + element_wise<Stage>::probability);

  template <class T>
  [[gnu::always_inline]] static inline tensor::lane<T> load(const T* p, long i, long count, T otherwise) {
    return p ? tensor::load_partial(p + i, count) : tensor::simd<T>(otherwise);
  }

  /// From the end to the beginning. What went into a last dropout follows from what came out; where the factor is zero
  /// it does not matter.
  template <class T, class First, class... Rest>
  [[gnu::always_inline]] static inline tensor::lane<T> back(tensor::lane<T> x, tensor::lane<T> y,
                                                            tensor::lane<T> factor, tensor::lane<T> undo,
                                                            tensor::lane<T> dy) {
    if constexpr (sizeof...(Rest) == 0) {
      return element_wise<First>::pull_back(x, y, factor, dy);
    } else {
      constexpr bool dropout_at_end = sizeof...(Rest) == 1 && (words<Rest>[0].draws && ...);
      tensor::lane<T> between = y * undo;
      if constexpr (!dropout_at_end) between = element_wise<First>::value(x, factor);
      return element_wise<First>::pull_back(x, between, factor, back<T, Rest...>(between, y, factor, undo, dy));
    }
  }
};

/// A run computed within the kernel of the layer before it. That one keeps at `context::saved`, for all examples, its
/// own result if the run reads its input, then the factors of the dropout.
template <class... Then>
struct epilogue_run : element_run<Then...> {
  using run = element_run<Then...>;

  template <class T>
  static T* kept_input(const context<T>& c) {
    return run::reads.input ? c.saved : nullptr;
  }
  template <class T>
  static T* kept_factors(const context<T>& c, long n) {
    return run::draws && c.how == mode::training ? c.saved + (run::reads.input ? n : 0) : nullptr;
  }
  /// What backward reads, of n elements.
  template <class T>
  static run_values<T> values(const context<T>& c, long n) {
    return {kept_input(c), c.result(), kept_factors(c, n)};
  }
  /// The gradient of the layer's own result, n elements, in the place of that of the run's.
  template <class T>
  static void pull_back_all(const context<T>& c, long n) {
    if constexpr (run::any) {
      const run_values<T> all = values(c, n);
      c.team->divide(n, tensor::width<T>, [&](long first, long count) {
        run::backward(all.at(first), c.out_gradient + first, c.out_gradient + first, count);
      });
    }
  }
};

/// A run with no layer before it.
template <class... Stage>
struct element_wise_kernels {
  using run = element_run<Stage...>;
  static constexpr bool by_rows = true;

  template <class T, shapes In>
  static void forward(const context<T>& c) {
    const long n = c.rows * In[0].size();
    run::forward(c.real(), c.result(), run::draw(c, n, c.saved), n);
  }
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    run::backward(run_values<T>{c.real(), c.result(), c.how == mode::training ? c.saved : nullptr}, c.out_gradient,
                  c.in_gradient[0], c.rows * In[0].size(), Want.adds(0));
  }
};

template <class First, class... Then>
requires(words<First>[0].element_wise) struct compute<merged_layer<First, Then...>>
    : element_wise_kernels<First, Then...> {
};

}  // namespace genet
