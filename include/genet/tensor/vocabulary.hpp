#pragma once
// A dense layer over a vocabulary and the softmax behind it. Logits are many times as large as anything around them,
// so some rows at a time are computed, which stay in the second-level cache, and everything that is wanted of them at
// once: probabilities, gradients of the hidden states, and what they add to the gradient of the weight.
//
// A team shares the rows of a tile for logits, softmax and hidden states, then stripes of the vocabulary for the
// weight. Every sum goes along the rows, or along the vocabulary, in one fixed order: the bits are the same for any
// team.

#include <genet/tensor/matmul.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace genet::inline GENET_ISA::tensor {

/// The sizes of a layer with `size` outputs, of which the first `used` are in use, over states of `width` numbers.
/// Its weight W (size,width) lies in panels, as the right operand of x W^T.
struct vocabulary {
  long size, width, used;

  /// Outputs that are computed: whole panels.
  template <class T>
  constexpr long columns() const {
    return std::min(size, round_up(used, panel_width<T>));
  }
  /// Elements between the rows of a tile of logits: not a multiple of 4 KiB, or rows would meet in the same places of
  /// the cache.
  template <class T>
  constexpr long line() const {
    const long n = round_up(size, panel_width<T>);
    return n * static_cast<long>(sizeof(T)) % 4096 != 0 ? n : n + static_cast<long>(alignment / sizeof(T));
  }
  /// Rows of a tile for one thread, and for several, which meet twice in each.
  template <class T>
  constexpr long rows_of_thread() const {
    constexpr long bytes = 1 << 19, least = 28, most = 448;
    return std::clamp(bytes / (line<T>() * static_cast<long>(sizeof(T))) / 4 * 4, least, most);
  }
  template <class T>
  constexpr long most_rows() const {
    return 4 * rows_of_thread<T>();
  }
  template <class T>
  constexpr long rows_at_once(const team& t) const {
    return t.size() == 1 ? rows_of_thread<T>() : most_rows<T>();
  }
  /// Elements of the weight in panels, and of its transpose.
  template <class T>
  constexpr long weight_size() const {
    return pack_size<T>(width, size);
  }
  template <class T>
  constexpr long turned_size() const {
    return pack_size<T>(size, width);
  }
};

/// Memory in which a pass over a vocabulary works, aligned.
template <class T>
class vocabulary_work {
 public:
  T* tile;    // most_rows lines
  T* factor;  // most_rows
  T* right;   // the states of a tile, in panels
  T* turned;  // W, in panels

  vocabulary_work(const vocabulary& v, T* from)
      : tile(from),
        factor(tile + v.most_rows<T>() * v.line<T>()),
        right(factor + round_up(v.most_rows<T>(), unit)),
        turned(right + pack_size<T>(v.most_rows<T>(), v.width)) {}
  /// Elements of all of it. `turned` has room for the weight as well.
  static constexpr long size(const vocabulary& v) {
    return v.most_rows<T>() * v.line<T>() + round_up(v.most_rows<T>(), unit) +
           pack_size<T>(v.most_rows<T>(), v.width) + std::max(v.turned_size<T>(), v.weight_size<T>());
  }

 private:
  static constexpr long unit = alignment / sizeof(T);
};

/// The largest of some logits and the sum of exp(logit - largest), with which log(sum exp) = top + log(sum).
template <class T>
struct exponentials {
  T top, sum;
  T log_sum() const { return top + std::log(sum); }
};

namespace detail {

// f(vectors, first, count) for n elements: four whole vectors at a time, then single ones, the last perhaps partial.
template <class T, class F>
[[gnu::always_inline]] inline void by_four(long n, const F& f) {
  constexpr long W = width<T>;
  long i = 0;
  for (; i + 4 * W <= n; i += 4 * W) f(std::integral_constant<int, 4>{}, i, W);
  for (; i < n; i += W) f(std::integral_constant<int, 1>{}, i, std::min(W, n - i));
}
template <class T>
[[gnu::always_inline]] inline simd<T> load_some(const T* p, long n, T fill) {
  return n == width<T> ? simd<T>::load_unaligned(p) : load_partial(p, n, fill);
}

}  // namespace detail

/// Of `n` logits; where `to` is given it receives exp(logit - top), and may be `logits`. Padding of the last vector
/// counts as -infinity. If all are -infinity the sum is NaN.
template <class T>
[[gnu::noinline]] exponentials<T> exponentiate(const T* logits, long n, T* to) {
  constexpr T lowest = -std::numeric_limits<T>::infinity();
  simd<T> most[4] = {simd<T>(lowest), simd<T>(lowest), simd<T>(lowest), simd<T>(lowest)};
  detail::by_four<T>(
      n, [&](auto vectors, long i, long count) __attribute__((always_inline)) {
        unroll<vectors>([&](auto j) __attribute__((always_inline)) {
          most[j] = xsimd::max(most[j], detail::load_some(logits + i + j * width<T>, count, lowest));
        });
      });
  const T top = horizontal_max(xsimd::max(xsimd::max(most[0], most[1]), xsimd::max(most[2], most[3])));
  simd<T> sum[4] = {simd<T>(T(0)), simd<T>(T(0)), simd<T>(T(0)), simd<T>(T(0))};
  const auto all = [&](auto keep) __attribute__((always_inline)) {
    detail::by_four<T>(
        n, [&](auto vectors, long i, long count) __attribute__((always_inline)) {
          unroll<vectors>([&](auto j) __attribute__((always_inline)) {
            const long at = i + j * width<T>;
            const auto e = xsimd::exp(detail::load_some(logits + at, count, lowest) - simd<T>(top));
            sum[j] = sum[j] + e;
            if constexpr (keep) store_partial(to + at, e, count);
          });
        });
  };
  if (to)
    all(std::true_type{});
  else
    all(std::false_type{});
  return {top, horizontal_sum((sum[0] + sum[1]) + (sum[2] + sum[3]))};
}

/// The logits of some rows: x W^T + b, lines of `line` elements. Those that are not in use hold anything, or nothing.
template <class T>
void logits(const vocabulary& v, long rows, const T* x, const T* weight, const T* bias, T* to, long line) {
  matmul(rows, v.columns<T>(), v.width, x, v.width, 1L, weight, to, line, false, epilogue<T>{.bias = bias});
}

/// Log-probabilities (rows,size), -infinity of what is not in use.
template <class T>
void log_probabilities(const vocabulary& v, long rows, const T* x, const T* weight, const T* bias, T* y, team& t) {
  t.divide(rows, 2, [&](long begin, long n) {
    const long unit = v.rows_of_thread<T>();
    for (long first = begin; first < begin + n; first += unit) {
      const long count = std::min(unit, begin + n - first);
      logits(v, count, x + first * v.width, weight, bias, y + first * v.size, v.size);
      for (long r = first; r < first + count; ++r) {
        T* const row = y + r * v.size;
        const simd<T> shift(exponentiate(static_cast<const T*>(row), v.used, static_cast<T*>(nullptr)).log_sum());
        each_vector<T>(
            v.used, [&](long i, long some) __attribute__((always_inline)) {
              store_partial(row + i, load_partial(row + i, some) - shift, some);
            });
        std::fill(row + v.used, row + v.size, -std::numeric_limits<T>::infinity());
      }
    }
  });
}

/// The gradient of `n` logits from log-probabilities y and the gradient dy there: dy - exp(y) sum dy; zeros behind,
/// up to `line`.
template <class T>
void log_softmax_gradient(const T* y, const T* dy, long n, T* to, long line) {
  simd<T> sum[4] = {simd<T>(T(0)), simd<T>(T(0)), simd<T>(T(0)), simd<T>(T(0))};
  detail::by_four<T>(
      n, [&](auto vectors, long i, long count) __attribute__((always_inline)) {
        unroll<vectors>([&](auto j)
                            __attribute__((always_inline)) { sum[j] += load_partial(dy + i + j * width<T>, count); });
      });
  const simd<T> all(horizontal_sum((sum[0] + sum[1]) + (sum[2] + sum[3])));
  each_vector<T>(
      n, [&](long i, long count) __attribute__((always_inline)) {
        store_partial(to + i, load_partial(dy + i, count) - xsimd::exp(load_partial(y + i, count)) * all, count);
      });
  std::fill(to + n, to + line, T(0));
}

/// Gradients of a layer over a vocabulary from those of its logits, which come tile by tile: the gradient of the
/// weight (size,width), row after row, and that of the bias. Row r of a tile counts work.factor[r] times where
/// `factors` says so, else once.
template <class T>
class vocabulary_gradient {
 public:
  vocabulary_gradient(const vocabulary& v, const vocabulary_work<T>& work, team& t) : v_(v), work_(work), team_(t) {}

  /// Before the first tile. `dw` and `db` begin with zeros; they may be null if no tile asks for them.
  void begin(const T* weight, T* dw, T* db) {
    pack_transposed(weight, v_.width, v_.columns<T>(), work_.turned, team_);
    dw_ = dw;
    db_ = db;
    if (!dw) return;
    std::fill_n(dw, v_.size * v_.width, T(0));
    std::fill_n(db, v_.size, T(0));
  }

  /// Gradients of `rows` states, from `row` of the tile on: dx = tile W, each row times its factor; or dx += it.
  void states(long row, long rows, T* dx, bool factors, bool add) const {
    const long n = v_.width;
    matmul(rows, n, v_.columns<T>(), static_cast<const T*>(work_.tile) + row * v_.line<T>(), v_.line<T>(), 1L,
           static_cast<const T*>(work_.turned), dx, n, add);
    for (long r = 0; r < rows && factors; ++r)
      each_vector<T>(
          n, [&](long i, long count) __attribute__((always_inline)) {
            store_partial(dx + r * n + i, load_partial(dx + r * n + i, count) * simd<T>(work_.factor[row + r]),
                          count);
          });
  }
  /// What a whole tile adds to the gradients of weight and bias: x are its `rows` states.
  void weight(long rows, const T* x, bool factors) const {
    pack_states(rows, x, factors);
    const long line = v_.line<T>();
    team_.divide(v_.columns<T>(), 8 * panel_width<T>, [&](long first, long count) {
      matmul(count, v_.width, rows, static_cast<const T*>(work_.tile) + first, 1L, line,
             static_cast<const T*>(work_.right), dw_ + first * v_.width, v_.width, true);
      detail::by_four<T>(
          count, [&](auto vectors, long i, long some) __attribute__((always_inline)) {
            simd<T> sum[vectors];
            T* const to = db_ + first + i;
            unroll<vectors>([&](auto j)
                                __attribute__((always_inline)) { sum[j] = load_partial(to + j * width<T>, some); });
            for (long r = 0; r < rows; ++r) {
              const simd<T> factor(factors ? work_.factor[r] : T(1));
              const T* const from = work_.tile + r * line + first + i;  // lines are padded
              unroll<vectors>([&](auto j) __attribute__((always_inline)) {
                sum[j] = fma<T>(factor, simd<T>::load_unaligned(from + j * width<T>), sum[j]);
              });
            }
            unroll<vectors>([&](auto j)
                                __attribute__((always_inline)) { store_partial(to + j * width<T>, sum[j], some); });
          });
    });
  }

 private:
  /// Each state times its factor, as right operand.
  void pack_states(long rows, const T* x, bool factors) const {
    const long n = v_.width;
    for (long j = 0; j < n; j += panel_width<T>) {
      const long line = panel_line<T>(n, j);
      for (long r = 0; r < rows; ++r)
        for (long k = 0; k < line; k += width<T>) {
          const auto state = load_partial(x + r * n + j + k, std::clamp(n - j - k, 0L, long{width<T>}));
          (state * simd<T>(factors ? work_.factor[r] : T(1))).store_aligned(work_.right + j * rows + r * line + k);
        }
    }
  }

  vocabulary v_;
  vocabulary_work<T> work_;
  team& team_;
  T *dw_ = nullptr, *db_ = nullptr;
};

/// Such gradients to a model's memory, the weight's to panels; or added to what is there. `spare`: aligned, of
/// weight_size elements.
template <class T>
void hand_over(const vocabulary& v, const T* dw, const T* db, T* weight, T* bias, bool add, T* spare, team& t) {
  const auto add_to = [](const T* from, T* to, long n) {
    each_vector<T>(
        n, [&](long i, long count) __attribute__((always_inline)) {
          store_partial(to + i, load_partial(to + i, count) + load_partial(from + i, count), count);
        });
  };
  pack(dw, v.width, v.size, 1L, v.width, add ? spare : weight, t);
  if (!add) {
    std::copy_n(db, v.size, bias);
    return;
  }
  add_to(db, bias, v.size);
  t.divide(v.weight_size<T>(), 8192, [&](long first, long count) { add_to(spare + first, weight + first, count); });
}

/// Targets of some rows, and what is wanted of them.
template <class T>
struct likelihood_of {
  const T* x;                       // (rows,width), the hidden states
  const std::int32_t* targets;      // (rows), below `used`
  T* log_p;                         // (rows), their log-probabilities
  const T* coefficients = nullptr;  // (rows); gradients are those of the sum over rows of coefficient * log_p
  T* dx = nullptr;                  // (rows,width)
  T* dw = nullptr;                  // (size,width), row after row; null: no gradients
  T* db = nullptr;                  // (size)
};

/// Log-probabilities of targets, and gradients of their weighted sum. Logits are computed once.
template <class T>
void likelihood(const vocabulary& v, long rows, const likelihood_of<T>& job, const T* weight, const T* bias,
                const vocabulary_work<T>& work, team& t) {
  const long line = v.line<T>(), at_once = v.rows_at_once<T>(t);
  const bool with_gradients = job.dw != nullptr;
  vocabulary_gradient<T> gradient(v, work, t);
  if (with_gradients) gradient.begin(weight, job.dw, job.db);
  for (long first = 0; first < rows; first += at_once) {
    const long count = std::min(at_once, rows - first);
    t.divide(count, 2, [&](long begin, long n) {
      T* const tile = work.tile + begin * line;
      const long at = first + begin;
      logits(v, n, job.x + at * v.width, weight, bias, tile, line);
      for (long r = 0; r < n; ++r) {
        T *const row = tile + r * line, *const target = row + job.targets[at + r];
        const T own = *target;
        const auto e = exponentiate(static_cast<const T*>(row), v.used, with_gradients ? row : nullptr);
        job.log_p[at + r] = own - e.log_sum();
        if (!with_gradients) continue;
        // The gradient of the logits, target - exp / sum, but for a factor, which is left to what is smaller.
        *target -= e.sum;
        std::fill(row + v.used, row + line, T(0));
        work.factor[begin + r] = -job.coefficients[at + r] / e.sum;
      }
      if (with_gradients) gradient.states(begin, n, job.dx + at * v.width, true, false);
    });
    if (with_gradients) gradient.weight(count, job.x + first * v.width, true);
  }
}

}  // namespace genet::tensor

#ifdef GENET_COMPILED_KERNELS
#include <genet/compiled/vocabularies.hpp>
#endif
