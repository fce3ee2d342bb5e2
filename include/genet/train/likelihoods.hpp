#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

#include "../declare/text.hpp"
#include "losses.hpp"

namespace genet::inline GENET_ISA {

/// Which noise a sample of a likelihood is made of.
enum class draws { uniform, normal };

// Likelihoods p(x | decoder output), independent for each element of x (pixel), one decoder output per element.
// Values are in nats. Each has
//   label(), outputs_per_element, noise
//   log_variances(elements)  size of its own trained parameter `log_variance`: 0, 1 or `elements`. Who declares a
//                            model with the likelihood owns that tensor, starts it at 0 and does not decay it.
// and, on lanes, mean_at(output) and sample_at(output, noise[, log_variance]).

/// x in {0,1}, or grey in [0,1] as in the usual VAE examples (then it is no normalised density); outputs are logits.
/// PyTorch equivalent: distributions.Bernoulli(logits=...).
struct bernoulli {
  static constexpr text label() { return "bernoulli"; }
  static constexpr int outputs_per_element = 1;
  static constexpr draws noise = draws::uniform;
  static constexpr long log_variances(long) { return 0; }

  static auto at(auto o, auto x) { return bce_with_logits::at(o, x); }
  static auto mean_at(auto o) { return loss_detail::sigmoid_from(o, exp(-abs(o))); }
  static auto sample_at(auto o, auto u) { return select(u < mean_at(o), decltype(o)(1), decltype(o)(0)); }
};

/// x in [0,1] with density exp(o x) o / (exp(o) - 1): the Bernoulli form with its normaliser, so that grey pixels
/// have a likelihood. Loaiza-Ganem & Cunningham 2019; written in the logit, with a Taylor series about o = 0
/// (lambda = 1/2), where numerator and denominator vanish.
/// PyTorch equivalent: distributions.ContinuousBernoulli(logits=...).
struct continuous_bernoulli {
  static constexpr text label() { return "continuous_bernoulli"; }
  static constexpr int outputs_per_element = 1;
  static constexpr draws noise = draws::uniform;
  static constexpr long log_variances(long) { return 0; }

  /// The mean is not sigmoid(o), but 1 / (1 - exp(-o)) - 1 / o.
  static auto mean_at(auto o) {
    using number = decltype(o);
    const auto near = abs(o) < 0.5;
    const auto s = o * o, safe = select(near, number(1), o);
    return select(near, 0.5 + o * slope_series(s), -1 / expm1(-safe) - 1 / safe);
  }

  static auto at(auto o, auto x) {
    using number = decltype(o);
    const auto near = abs(o) < 0.5;
    const auto s = o * o, size = abs(select(near, number(1), o));
    // log of the integral of exp(o x) over x in [0,1]
    const auto log_integral = select(near, 0.5 * o + s * value_series(s), max(o, 0) + log(-expm1(-size) / size));
    return loss_point{log_integral - o * x, mean_at(o) - x};
  }

  /// Inverse of the distribution function; mirrored so that the exponential cannot overflow.
  static auto sample_at(auto o, auto u) {
    using number = decltype(o);
    const auto mirrored = o > 0;
    const auto slope = min(-abs(o), number(-1e-6));  // flatter than this is uniform
    const auto v = select(mirrored, 1 - u, u);
    const auto x = min(log1p(v * expm1(slope)) / slope, 1);
    return select(mirrored, 1 - x, x);
  }

private:
  // log(sinh(o/2) / (o/2)) / o^2 and its derivative over o, by powers of s = o^2, below 1e-13 off for |o| < 1/2
  static auto value_series(auto s) {
    return 1. / 24 +
           s * (-1. / 2880 +
                s * (1. / 181440 + s * (-1. / 9676800 + s * (1. / 479001600 - s * (691. / 15692092416000)))));
  }
  static auto slope_series(auto s) {
    return 1. / 12 +
           s * (-1. / 720 +
                s * (1. / 30240 + s * (-1. / 1209600 + s * (1. / 47900160 - s * (691. / 1307674368000)))));
  }
};

/// Where the variance of `gaussian` comes from: a run-time number; one trained parameter; one for each element.
struct fixed_variance {};
struct learned_variance {};
struct learned_variance_per_element {};

/// x normal about the decoder's output. With `fixed_variance` the number is `gaussian<>{.variance = 0.1}`, otherwise
/// its logarithm is a trained parameter. PyTorch equivalent: distributions.Normal.
template <class Variance = fixed_variance>
struct gaussian {
  double variance = 1;  ///< of fixed_variance; the others do not read it

  static constexpr bool learned = !std::is_same_v<Variance, fixed_variance>;
  static constexpr bool per_element = std::is_same_v<Variance, learned_variance_per_element>;
  static_assert(per_element || !learned || std::is_same_v<Variance, learned_variance>,
                "gaussian<...> wants fixed_variance, learned_variance or learned_variance_per_element");

  static constexpr text label() {
    if (!learned) return "gaussian<fixed_variance>";
    return per_element ? "gaussian<learned_variance_per_element>" : "gaussian<learned_variance>";
  }
  static constexpr int outputs_per_element = 1;
  static constexpr draws noise = draws::normal;
  static constexpr long log_variances(long elements) { return per_element ? elements : learned ? 1 : 0; }

  static auto mean_at(auto o) { return o; }
  static auto sample_at(auto o, auto normal, auto log_variance) { return o + exp(0.5 * log_variance) * normal; }
};

/// A likelihood whose elements have no parameter of their own: a struct with the formulas of `bernoulli`.
template <class L>
concept element_likelihood = element_loss<L> && requires(tensor::lane<float> x) {
  { L::mean_at(x) } -> std::convertible_to<tensor::lane<float>>;
  { L::sample_at(x, x) } -> std::convertible_to<tensor::lane<float>>;
};

/// What `negative_log_likelihood` reads and writes; null: not there, or not wanted.
template <std::floating_point T>
struct likelihood_arguments {
  const T* output = nullptr;  ///< (rows, elements)
  const T* target = nullptr;  ///< (rows, elements)
  long rows = 0;
  long elements = 0;
  const T* log_variance = nullptr;     ///< (log_variances(elements))
  T* output_gradient = nullptr;        ///< written; may be `output` itself
  T* log_variance_gradient = nullptr;  ///< (log_variances(elements)); only together with output_gradient
  contribution log_variance_how = contribution::write;
  double scale = 1;               ///< of the gradients alone
  double* per_example = nullptr;  ///< (rows) values of single examples
  /// (rows) further factors of the gradients of single examples, for means that weigh them; what the log-variance gets
  /// is then computed from `per_example`, which has to be there.
  const double* example_scale = nullptr;

  double scale_of(long row) const { return example_scale ? scale * example_scale[row] : scale; }
};

namespace loss_detail {

// Mean over the batch of value(sum), where sum is what `formula` gives for all elements of an example, with the
// gradient of the output: the formula's slopes times `factor`.
template <class T, class Formula, class Value, class... In>
double mean_over_examples(const likelihood_arguments<T>& a, tensor::team& team, const Formula& formula, double factor,
                          const Value& value, const In*... shared) {
  const auto row = [&](long r) {
    const long first = r * a.elements;
    const std::array gradient{into{a.output_gradient ? a.output_gradient + first : nullptr}};
    const double example =
        value(element_sum_from(0, formula, a.elements, gradient, factor * a.scale_of(r) / static_cast<double>(a.rows),
                               a.output + first, a.target + first, shared...));
    if (a.per_example) a.per_example[r] = example;
    return example;
  };
  return row_sum_by(team, a.rows, a.elements, row) / static_cast<double>(a.rows);
}

}  // namespace loss_detail

/// Mean over the batch of -log p(target | output), summed over the elements of each example; gradients are those of
/// `scale` times this mean, whose examples `example_scale` may weigh. The same bits for any number of threads.
template <element_likelihood L, std::floating_point T>
double negative_log_likelihood(const L& likelihood, const likelihood_arguments<T>& a,
                               tensor::team& team = tensor::alone()) {
  const auto formula = [&](auto o, auto x) {
    const auto point = likelihood.at(o, x);
    return loss_detail::lanes<T, 2>{point.value, point.slope};
  };
  return loss_detail::mean_over_examples(a, team, formula, 1, [](double sum) { return sum; });
}

template <class Variance, std::floating_point T>
double negative_log_likelihood(const gaussian<Variance>& likelihood, const likelihood_arguments<T>& a,
                               tensor::team& team = tensor::alone()) {
  using family = gaussian<Variance>;
  using number = tensor::lane<T>;
  const double elements = static_cast<double>(a.elements);
  const bool adds = a.log_variance_how == contribution::add;
  if constexpr (family::per_element) {
    if (a.log_variance_gradient) {  // first, as the gradient of the output may take the place of the output
      constexpr long w = tensor::width<T>;
      const double half = 0.5 / static_cast<double>(a.rows);
      double scales = 0;
      for (long r = 0; r < a.rows; ++r) scales += a.scale_of(r);
      team.divide(a.elements, 4 * w, [&](long begin, long size) {
        for (long i = begin; i < begin + size; i += w) {
          const long n = std::min(w, begin + size - i);
          number squares(0);
          for (long r = 0; r < a.rows; ++r) {
            const long at = r * a.elements + i;
            squares += a.scale_of(r) *
                       square(number(tensor::load_partial(a.output + at, n)) - tensor::load_partial(a.target + at, n));
          }
          number slope = half * (scales - squares * exp(-number(tensor::load_partial(a.log_variance + i, n))));
          if (adds) slope += tensor::load_partial(a.log_variance_gradient + i, n);
          tensor::store_partial(a.log_variance_gradient + i, slope.v, n);
        }
      });
    }
    // log_variance is the same in every row
    const auto formula = [](auto o, auto x, auto s) {
      const auto d = o - x, standard = d * exp(-s);
      return loss_detail::lanes<T, 2>{0.5 * (s + d * standard), standard};
    };
    return loss_detail::mean_over_examples(
        a, team, formula, 1, [&](double sum) { return elements * loss_detail::half_log_two_pi + sum; },
        a.log_variance);
  } else {
    double log_variance = 0;
    if constexpr (family::learned) log_variance = static_cast<double>(*a.log_variance);
    else log_variance = std::log(likelihood.variance);
    const double precision = std::exp(-log_variance);
    const double constant = elements * (loss_detail::half_log_two_pi + 0.5 * log_variance);
    const auto formula = [](auto o, auto x) {
      const auto d = o - x;
      return loss_detail::lanes<T, 2>{d * d, d};
    };
    const double value = loss_detail::mean_over_examples(
        a, team, formula, precision, [&](double squares) { return constant + 0.5 * precision * squares; });
    if constexpr (family::learned)
      if (a.log_variance_gradient) {
        // half of elements - precision * squares, in the mean
        double slope = a.scale * (constant + 0.5 * elements - value);
        if (a.example_scale) {
          slope = 0;
          for (long r = 0; r < a.rows; ++r)
            slope += a.scale_of(r) * (constant + 0.5 * elements - a.per_example[r]) / static_cast<double>(a.rows);
        }
        *a.log_variance_gradient =
            static_cast<T>(slope + (adds ? static_cast<double>(*a.log_variance_gradient) : 0));
      }
    return value;
  }
}

/// The mean of x given each of `n` decoder outputs: the picture to show. `mean` may be `output` itself.
template <class L, std::floating_point T>
void likelihood_mean(const L&, const T* output, T* mean, long n) {
  for (long i = 0; i < n; i += tensor::width<T>) {
    const tensor::lane<T> x = L::mean_at(tensor::lane<T>(tensor::load_partial(output + i, n - i)));
    tensor::store_partial(mean + i, x.v, n - i);
  }
}

/// Draws x given decoder outputs (rows, elements) from `noise` of the same size: L::noise says which, uniform in
/// [0,1) or standard normal. `log_variance` as for negative_log_likelihood. `x` may be `output` or `noise` itself.
template <class L, std::floating_point T>
void likelihood_sample(const L& likelihood, const T* output, const T* noise, T* x, long rows, long elements,
                       [[maybe_unused]] const T* log_variance = nullptr) {
  using number = tensor::lane<T>;
  for (long r = 0; r < rows; ++r)
    for (long i = 0; i < elements; i += tensor::width<T>) {
      const long at = r * elements + i, count = elements - i;
      const number o = tensor::load_partial(output + at, count), u = tensor::load_partial(noise + at, count);
      const auto drawn = [&]() -> number {
        if constexpr (requires { L::sample_at(o, u); }) return likelihood.sample_at(o, u);
        else if constexpr (L::per_element)
          return L::sample_at(o, u, number(tensor::load_partial(log_variance + i, count)));
        else if constexpr (L::learned) return L::sample_at(o, u, number(*log_variance));
        else return L::sample_at(o, u, number(std::log(likelihood.variance)));
      };
      tensor::store_partial(x + at, drawn().v, count);
    }
}

}  // namespace genet

#ifdef GENET_COMPILED_KERNELS
#include "../compiled/likelihoods.hpp"
#endif
