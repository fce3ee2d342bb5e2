#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "../declare/error.hpp"
#include "../tensor/reduce.hpp"
#include "../tensor/simd.hpp"
#include "../tensor/team.hpp"

namespace genet::inline GENET_ISA {

/// What becomes of the losses of single elements: their mean (PyTorch's default), the sum of each example and the
/// mean of those over the batch (what a likelihood wants), or the sum of all. A loss per example, as cross_entropy,
/// has no elements to average: there `mean` and `sum_per_example` are the same.
enum class reduction { mean, sum_per_example, sum };

/// Whether a gradient is the first contribution to its buffer (written) or a later one (added).
enum class contribution { write, add };

/// Value of a loss at one element and its derivative with respect to the prediction, on `tensor::lane`s.
template <class Lane>
struct loss_point {
  Lane value;
  Lane slope;
};
template <class Lane>
loss_point(Lane, Lane) -> loss_point<Lane>;

/// A loss of single elements is a struct with `at(prediction, target)`, a formula on lanes that returns a
/// `loss_point`, and, if it likes, a member `reduction reduce`. A user's own loss needs nothing else:
///
///   struct squared_hinge {
///     auto at(auto x, auto t) const {
///       auto gap = max(1 - t * x, 0);
///       return loss_point{gap * gap, -2 * t * gap};
///     }
///   };
template <class L>
concept element_loss = requires(const L& loss, tensor::lane<float> x, tensor::lane<double> y) {
  { loss.at(x, x) } -> std::same_as<loss_point<tensor::lane<float>>>;
  { loss.at(y, y) } -> std::same_as<loss_point<tensor::lane<double>>>;
};

namespace loss_detail {

template <class T, std::size_t N>
using lanes = std::array<tensor::lane<T>, N>;

inline constexpr double half_log_two_pi = 0.91893853320467274178;

// Where a gradient goes, and how.
template <class T>
struct into {
  T* to;
  contribution how = contribution::write;
};
template <class T>
into(T*) -> into<T>;
template <class T>
into(T*, contribution) -> into<T>;

// The one loop of all losses, on one thread: formula(in[i]...) gives {value, slopes...}; the values are summed, in
// the order of their indices by blocks of 16 vectors whose sums go into a double; the slopes times `factor` go into
// `out`. Flattened: g++ takes a long formula for too long to inline, and then each vector rebuilds its constants.
template <class T, std::size_t Out, class Formula, class... In>
[[gnu::flatten]] double element_sum(const Formula& formula, long n, const std::array<into<T>, Out>& out,
                                    double factor, const In*... in) {
  using vector = tensor::simd<T>;
  constexpr long w = tensor::width<T>;
  const vector scale(static_cast<T>(factor));
  const long whole = n - n % w;
  double total = 0;
  long i = 0;
  while (i < whole) {
    vector sum(T(0));
    for (const long end = std::min(i + 16 * w, whole); i < end; i += w) {
      const auto r = formula(tensor::lane<T>(vector::load_unaligned(in + i))...);
      sum += r[0].v;
      for (std::size_t k = 0; k < Out; ++k) {
        T* const to = out[k].to + i;
        const vector slope = r[1 + k].v * scale;
        (out[k].how == contribution::add ? slope + vector::load_unaligned(to) : slope).store_unaligned(to);
      }
    }
    total += static_cast<double>(tensor::horizontal_sum<T>(sum));
  }
  if (const long rest = n - whole; rest > 0) {
    const auto r = formula(tensor::lane<T>(tensor::load_partial(in + whole, rest))...);
    alignas(tensor::alignment) T line[static_cast<std::size_t>(w)];
    r[0].v.store_aligned(line);
    for (long j = 0; j < rest; ++j) total += static_cast<double>(line[j]);
    for (std::size_t k = 0; k < Out; ++k) {
      T* const to = out[k].to + whole;
      const vector slope = r[1 + k].v * scale;
      tensor::store_partial(to, out[k].how == contribution::add ? slope + tensor::load_partial(to, rest) : slope,
                            rest);
    }
  }
  return total;
}

// The elements from `first` on. When the gradients are not wanted the formula's slopes are dead code.
template <class T, std::size_t Out, class Formula, class... In>
double element_sum_from(long first, const Formula& formula, long n, std::array<into<T>, Out> out, double factor,
                        const In*... in) {
  if (!out[0].to) return element_sum(formula, n, std::array<into<T>, 0>{}, factor, (in + first)...);
  for (auto& o : out) o.to += first;
  return element_sum(formula, n, out, factor, (in + first)...);
}

// Elements of a block of a sum that threads share; as much work as it takes to wake one.
inline constexpr long block_elements = 2048;

// All n elements, by a team.
template <class T, std::size_t Out, class Formula, class... In>
double element_sum_by(tensor::team& team, const Formula& formula, long n, const std::array<into<T>, Out>& out,
                      double factor, const In*... in) {
  return tensor::sum_over_blocks(n, 16 * tensor::width<T>, block_elements, team, [&](long first, long count) {
    return element_sum_from(first, formula, count, out, factor, in...);
  });
}

// Sum of row(r) over all rows of so many elements, by a team.
template <class Row>
double row_sum_by(tensor::team& team, long rows, long elements, const Row& row) {
  const long least = (block_elements + elements - 1) / elements;
  return tensor::sum_over_blocks(rows, 1, least, team, [&](long first, long count) {
    double sum = 0;
    for (long r = first; r < first + count; ++r) sum += row(r);
    return sum;
  });
}

// What the sum over all elements is multiplied by.
inline double weight_of(reduction reduce, long rows, long features) {
  const double examples = static_cast<double>(rows);
  if (reduce == reduction::sum) return 1;
  return reduce == reduction::sum_per_example ? 1 / examples : 1 / (examples * static_cast<double>(features));
}

template <class L>
reduction reduction_of(const L& loss) {
  if constexpr (requires { loss.reduce; }) return loss.reduce;
  else return reduction::mean;
}

// sigmoid from e = exp(-|x|), which cannot overflow
template <class Lane>
Lane sigmoid_from(Lane x, Lane e) {
  return select(x >= 0, Lane(1), e) / (1 + e);
}

// log(1 + e) for 0 <= e <= 1 in half the time of log1p: 2 artanh(s) with s = e / (2 + e), a polynomial in s^2 <= 1/9
// that is within 5e-9 (float) and 1.4e-18 (double) of the whole; rounding makes it two units in the last place.
template <class Lane>
Lane log_one_plus(Lane e) {
  const auto polynomial = [](Lane z, const auto& c) {
    Lane sum = c.back();
    for (std::size_t i = c.size() - 1; i-- > 0;) sum = fma(sum, z, Lane(c[i]));
    return sum;
  };
  const Lane s = e / (2 + e), z = s * s, twice = 2 * s;
  if constexpr (sizeof(typename Lane::value_type) == sizeof(float)) {
    constexpr std::array c{0.333332081423900588, 0.200107636382222493, 0.140009023801655623, 0.140059945403212343};
    return fma(twice * z, polynomial(z, c), twice);
  } else {
    constexpr std::array c{0.33333333333333154816,  0.20000000000077566884,  0.14285714274058144717,
                           0.11111111976866461037,  0.090908722382585487334, 0.076932742197749712944,
                           0.066505604195591953312, 0.060524743568171566769, 0.041724782272332859898,
                           0.085048910563067469527};
    return fma(twice * z, polynomial(z, c), twice);
  }
}

}  // namespace loss_detail

/// Binary cross-entropy of a logit: max(x,0) - x t + log(1 + exp(-|x|)), targets in [0,1].
/// PyTorch equivalent: nn.BCEWithLogitsLoss.
struct bce_with_logits {
  reduction reduce = reduction::mean;
  static auto at(auto x, auto t) {
    const auto e = exp(-abs(x));
    return loss_point{max(x, 0) - x * t + loss_detail::log_one_plus(e), loss_detail::sigmoid_from(x, e) - t};
  }
};

/// Binary cross-entropy of a probability in [0,1]; as in PyTorch a logarithm counts as at least -100, and the
/// denominator p (1-p) of the derivative as at least 1e-12. PyTorch equivalent: nn.BCELoss.
struct bce {
  reduction reduce = reduction::mean;
  static auto at(auto p, auto t) {
    const auto yes = max(log(p), -100), no = max(log1p(-p), -100);
    return loss_point{(t - 1) * no - t * yes, (p - t) / max(p * (1 - p), 1e-12)};
  }
};

/// Squared difference. PyTorch equivalent: nn.MSELoss.
struct mse {
  reduction reduce = reduction::mean;
  static auto at(auto x, auto t) {
    const auto d = x - t;
    return loss_point{d * d, 2 * d};
  }
};

/// Absolute difference; its derivative where it vanishes is 0. PyTorch equivalent: nn.L1Loss.
struct mae {
  reduction reduce = reduction::mean;
  static auto at(auto x, auto t) {
    const auto d = x - t;
    using number = decltype(x);
    return loss_point{abs(d), select(d > 0, number(1), select(d < 0, number(-1), number(0)))};
  }
};

/// d^2/2 up to |d| = delta, delta (|d| - delta/2) beyond. PyTorch equivalent: nn.HuberLoss.
struct huber {
  double delta = 1;
  reduction reduce = reduction::mean;
  auto at(auto x, auto t) const {
    const auto d = x - t;
    const auto size = abs(d);
    return loss_point{select(size <= delta, d * d * 0.5, delta * (size - 0.5 * delta)), max(min(d, delta), -delta)};
  }
};

/// The loss of (rows, features) predictions, reduced, times `scale`; and into `gradient`, unless it is null, the
/// derivative of exactly that number with respect to `prediction`, written. `gradient` may be `prediction` itself.
/// Values are summed in double in a fixed order: same machine, same bits, for any number of threads. `rows` and
/// `features` are at least 1; `loss.at` is called on all threads of `team`.
template <element_loss L, std::floating_point T>
double evaluate_loss(const L& loss, const T* prediction, const T* target, long rows, long features,
                     T* gradient = nullptr, double scale = 1, tensor::team& team = tensor::alone()) {
  const double weight = scale * loss_detail::weight_of(loss_detail::reduction_of(loss), rows, features);
  const auto formula = [&](auto x, auto t) {
    const auto point = loss.at(x, t);
    return loss_detail::lanes<T, 2>{point.value, point.slope};
  };
  return weight * loss_detail::element_sum_by(team, formula, rows * features, std::array{loss_detail::into{gradient}},
                                              weight, prediction, target);
}

/// Cross-entropy of logits (rows, classes) against labels: -log softmax(x)[label]. With label_smoothing s the target
/// is 1-s at the label plus s/classes everywhere. PyTorch equivalent: nn.CrossEntropyLoss.
struct cross_entropy {
  double label_smoothing = 0;
  reduction reduce = reduction::mean;
};

/// As above; `gradient` may be `logits`. Throws bad_input when a label is not below `classes`.
template <std::floating_point T>
double evaluate_loss(const cross_entropy& loss, const T* logits, const std::int32_t* labels, long rows, long classes,
                     T* gradient = nullptr, double scale = 1, tensor::team& team = tensor::alone()) {
  using vector = tensor::simd<T>;
  constexpr long w = tensor::width<T>;
  const double weight = scale * (loss.reduce == reduction::sum ? 1 : 1 / static_cast<double>(rows));
  const double smoothing = loss.label_smoothing, share = smoothing / static_cast<double>(classes);
  for (long r = 0; r < rows; ++r)
    if (labels[r] < 0 || labels[r] >= classes)
      throw bad_input("cross_entropy: example " + std::to_string(r) + " has label " + std::to_string(labels[r]) +
                      ", expected 0 to " + std::to_string(classes - 1));
  constexpr T lowest = -std::numeric_limits<T>::infinity();
  const auto row = [&](long r) {
    const T* x = logits + r * classes;
    vector top(lowest), sum(T(0));
    for (long i = 0; i < classes; i += w) {
      top = xsimd::max(top, tensor::load_partial(x + i, classes - i, lowest));
      sum += tensor::load_partial(x + i, classes - i);
    }
    const T highest = tensor::horizontal_max<T>(top);
    const double at_label = static_cast<double>(x[labels[r]]);
    const double all = static_cast<double>(tensor::horizontal_sum<T>(sum));
    vector powers(T(0));
    T* g = gradient ? gradient + r * classes : nullptr;
    for (long i = 0; i < classes; i += w) {
      const vector power = xsimd::exp(tensor::load_partial(x + i, classes - i, lowest) - vector(highest));
      powers += power;
      if (g) tensor::store_partial(g + i, power, classes - i);
    }
    const double sum_of_powers = static_cast<double>(tensor::horizontal_sum<T>(powers));
    const double log_sum = static_cast<double>(highest) + std::log(sum_of_powers);
    const double value =
        (1 - smoothing) * (log_sum - at_label) + share * (static_cast<double>(classes) * log_sum - all);
    if (!g) return value;
    const vector factor(static_cast<T>(weight / sum_of_powers)), offset(static_cast<T>(weight * share));
    for (long i = 0; i < classes; i += w)
      tensor::store_partial(g + i, vector(tensor::load_partial(g + i, classes - i) * factor - offset), classes - i);
    g[labels[r]] -= static_cast<T>(weight * (1 - smoothing));
    return value;
  };
  return weight * loss_detail::row_sum_by(team, rows, classes, row);
}

/// Negative log-density of a normal distribution whose variance is predicted too: (log v + d^2/v)/2 with v at least
/// `epsilon` (the derivative passes through that bound, as in PyTorch); `full` adds log(2 pi)/2.
/// PyTorch equivalent: nn.GaussianNLLLoss.
struct gaussian_nll {
  double epsilon = 1e-6;
  bool full = false;
  reduction reduce = reduction::mean;
};

/// Gradients with respect to mean and variance; both or neither.
template <std::floating_point T>
double evaluate_loss(const gaussian_nll& loss, const T* mean, const T* variance, const T* target, long rows,
                     long features, T* mean_gradient = nullptr, T* variance_gradient = nullptr, double scale = 1,
                     tensor::team& team = tensor::alone()) {
  const double weight = scale * loss_detail::weight_of(loss.reduce, rows, features);
  const auto formula = [&](auto m, auto given, auto t) {
    const auto v = max(given, loss.epsilon), d = m - t, standard = d / v;
    return loss_detail::lanes<T, 3>{0.5 * (log(v) + d * standard), standard, 0.5 * (1 / v - standard * standard)};
  };
  const std::array gradients{loss_detail::into{mean_gradient}, loss_detail::into{variance_gradient}};
  const double sum =
      loss_detail::element_sum_by(team, formula, rows * features, gradients, weight, mean, variance, target);
  return weight * (sum + (loss.full ? loss_detail::half_log_two_pi * static_cast<double>(rows * features) : 0));
}

/// The same from the logarithm of the variance, which needs no bound: (log(2 pi) + s + d^2 exp(-s))/2, nats.
struct gaussian_nll_log_variance {
  reduction reduce = reduction::mean;
};

/// Gradients with respect to mean and log-variance; both or neither.
template <std::floating_point T>
double evaluate_loss(const gaussian_nll_log_variance& loss, const T* mean, const T* log_variance, const T* target,
                     long rows, long features, T* mean_gradient = nullptr, T* log_variance_gradient = nullptr,
                     double scale = 1, tensor::team& team = tensor::alone()) {
  const double weight = scale * loss_detail::weight_of(loss.reduce, rows, features);
  const auto formula = [](auto m, auto s, auto t) {
    const auto d = m - t, standard = d * exp(-s);
    return loss_detail::lanes<T, 3>{0.5 * (s + d * standard), standard, 0.5 * (1 - d * standard)};
  };
  const std::array gradients{loss_detail::into{mean_gradient}, loss_detail::into{log_variance_gradient}};
  const double sum =
      loss_detail::element_sum_by(team, formula, rows * features, gradients, weight, mean, log_variance, target);
  return weight * (sum + loss_detail::half_log_two_pi * static_cast<double>(rows * features));
}

/// KL(N(mean, exp(log_variance)) || N(0,1)) = -1/2 sum(1 + s - m^2 - exp(s)) per example, mean over the batch: the
/// regulariser of a VAE (Kingma & Welling 2013, appendix B), in nats.
struct kl_to_standard_normal {};

/// Returns the divergence itself, not weighted. The gradients, both or neither, are those of `weight` times it (beta,
/// and what accumulation scales by) and are *added* unless `how` says otherwise: the decoder's come first.
template <std::floating_point T>
double evaluate_loss(const kl_to_standard_normal&, const T* mean, const T* log_variance, long rows, long features,
                     T* mean_gradient = nullptr, T* log_variance_gradient = nullptr, double weight = 1,
                     contribution how = contribution::add, tensor::team& team = tensor::alone()) {
  const auto formula = [](auto m, auto s) {
    const auto grown = expm1(s);
    return loss_detail::lanes<T, 3>{0.5 * (m * m + (grown - s)), m, 0.5 * grown};
  };
  const double examples = static_cast<double>(rows);
  const std::array gradients{loss_detail::into{mean_gradient, how}, loss_detail::into{log_variance_gradient, how}};
  const double sum =
      loss_detail::element_sum_by(team, formula, rows * features, gradients, weight / examples, mean, log_variance);
  return sum / examples;
}

}  // namespace genet

#ifdef GENET_COMPILED_KERNELS
#include "../compiled/losses.hpp"
#endif
