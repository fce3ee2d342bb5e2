#pragma once
// A model that the user writes as a type, seen by samplers and optimisers: a log-density of free numbers, with its
// gradient.

#include <genet/declare/error.hpp>
#include <genet/declare/type_name.hpp>
#include <genet/inference/chance.hpp>
#include <genet/inference/transforms.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace genet::inline GENET_ISA::inference {

/// A model has a type `parameters` (inference/transforms.hpp) and one formula of them, up to a constant:
///
///   struct coin {
///     using parameters = inference::parameters<inference::interval<0, 1>>;
///     int heads, tails;
///     auto log_density(const auto& theta) const { return heads * log(theta[0]) + tails * log(1 - theta[0]); }
///   };
///
/// theta is an array of numbers that carry derivatives (tensor/graded.hpp); log 0 = -infinity says that a place is
/// impossible. A gradient by hand, by the constrained parameters, is taken where there is one:
///   double log_density(const std::array<double, N>& theta, std::array<double, N>& gradient) const
/// Optional too:
///   static constexpr std::string_view names = "mu tau eta[8]";  // of the parameters, in draws, tables and files
///   std::array<double, N> sample_prior(inference::chance&) const;  // chains start from draws of it
template <class M>
concept bayesian_model = requires {
  M::parameters::size;
};

namespace detail {

template <class M>
using constrained_point = std::array<double, static_cast<std::size_t>(M::parameters::size)>;

template <class M>
concept gradient_by_hand = requires(const M& m, const constrained_point<M>& theta, constrained_point<M>& gradient) {
  { m.log_density(theta, gradient) } -> std::convertible_to<double>;
};

template <class M>
concept has_prior = requires(const M& m, chance& c) {
  { m.sample_prior(c) } -> std::same_as<constrained_point<M>>;
};

/// Calls f(word, length) for each word of `mu tau eta[8]`; length is 0 where none is said, -1 where it is none.
template <class F>
constexpr void each_name(std::string_view names, const F& f) {
  while (!names.empty()) {
    const auto end = std::min(names.find(' '), names.size());
    std::string_view word = names.substr(0, end);
    names.remove_prefix(std::min(end + 1, names.size()));
    if (word.empty()) continue;
    const auto bracket = word.find('[');
    int length = 0;
    if (bracket != word.npos) {
      length = word.back() == ']' && word.size() > bracket + 2 ? 0 : -1;
      for (const char c : word.substr(bracket + 1, word.size() - bracket - 2))
        length = c < '0' || c > '9' || length < 0 || length > 100'000 ? -1 : 10 * length + (c - '0');
      if (length == 0) length = -1;
      word = word.substr(0, bracket);
    }
    f(word, length);
  }
}

/// How many parameters `names` are; negative if they are written wrongly.
constexpr int count_names(std::string_view names) {
  int count = 0;
  each_name(names, [&](std::string_view word, int length) {
    count += word.empty() || length < 0 ? -(1 << 20) : std::max(length, 1);
  });
  return count;
}

/// `(1.5, -2)`
inline std::string show(std::span<const double> x) {
  std::string s = "(";
  for (const double v : x) {
    char number[32];
    std::snprintf(number, sizeof number, "%.6g", v);
    if (s.size() > 1) s += ", ";
    if (s.size() > 400) return s + "...)";
    s += number;
  }
  return s + ")";
}

}  // namespace detail

/// The names of a model's parameters: mu, tau, eta[1], ..., eta[8]; theta[1], ... where it has none.
template <bayesian_model Model>
std::vector<std::string> parameter_names() {
  const auto of = [](std::string_view names) {
    std::vector<std::string> all;
    detail::each_name(names, [&](std::string_view word, int length) {
      if (length == 0) all.emplace_back(word);
      for (int i = 1; i <= length; ++i) all.push_back(std::string(word) + '[' + std::to_string(i) + ']');
    });
    return all;
  };
  if constexpr (requires { std::string_view(Model::names); }) {
    static_assert(detail::count_names(Model::names) == Model::parameters::size,
                  "a model's `names` are those of all its parameters, such as \"mu tau eta[8]\"");
    return of(Model::names);
  } else {
    return of("theta[" + std::to_string(Model::parameters::size) + "]");
  }
}

/// The log-density of a model over free numbers, Jacobian included. Throws bad_input, with the place, where the
/// model's formula is NaN or +infinity, or its gradient is not finite though the formula is. Where a constrained
/// parameter itself overflows it is -infinity. Keeps a reference to the model.
template <bayesian_model Model>
class posterior {
 public:
  using parameters = typename Model::parameters;
  static constexpr int dimension = parameters::size, free_dimension = parameters::free_size;
  using point = std::array<double, static_cast<std::size_t>(free_dimension)>;
  using constrained = detail::constrained_point<Model>;

  /// Without its Jacobian the density is that of the constrained parameters, whose mode is the usual one.
  explicit posterior(const Model& model, bool jacobian = true) : model_(&model), jacobian_(jacobian) {}
  const Model& model() const { return *model_; }

  double log_density(const point& x) const {
    if constexpr (detail::gradient_by_hand<Model>) {
      point unused;
      return log_density(x, unused);
    } else {
      return evaluate<0>(x, 0, nullptr);
    }
  }

  /// `gradient` is 0 where the density is 0.
  double log_density(const point& x, point& gradient) const {
    double value = 0;
    for (int first = 0; first < free_dimension; first += directions)
      value = evaluate<directions>(x, first, &gradient);
    if (value == -INFINITY) {
      gradient.fill(0);
      return value;
    }
    if (!std::ranges::all_of(gradient, [](double g) { return std::isfinite(g); }))
      refuse("has a gradient that is not finite", constrain(x));
    return value;
  }

  constrained constrain(const point& x) const {
    std::array<tensor::graded<0>, static_cast<std::size_t>(free_dimension)> free;
    std::array<tensor::graded<0>, static_cast<std::size_t>(dimension)> theta;
    std::ranges::copy(x, free.begin());
    parameters::constrain(free.data(), theta.data());
    constrained out;
    std::ranges::transform(theta, out.begin(), [](const auto& t) { return t.v; });
    return out;
  }

  /// The inverse. bad_input if theta does not keep its constraints.
  point release(const constrained& theta) const {
    point x;
    parameters::release(theta.data(), x.data());
    return x;
  }

 private:
  // As many as keep a number in a few vectors; more parameters take several passes.
  static constexpr int directions = std::min(free_dimension, 4 * tensor::width<double>);

  template <int Directions>
  double evaluate(const point& x, int first, point* gradient) const {
    using number = tensor::graded<Directions>;
    std::array<number, static_cast<std::size_t>(free_dimension)> free;
    std::array<number, static_cast<std::size_t>(dimension)> theta;
    for (std::size_t i = 0; i < x.size(); ++i) free[i].v = x[i];
    for (int i = first; i < std::min(free_dimension, first + Directions); ++i)
      free[static_cast<std::size_t>(i)].vary(i - first);
    const number log_jacobian = parameters::constrain(free.data(), theta.data());
    for (const number& t : theta)
      if (!std::isfinite(t.v)) return -INFINITY;
    number density;
    if constexpr (detail::gradient_by_hand<Model>) {
      constrained at, by_hand;
      std::ranges::transform(theta, at.begin(), [](const number& t) { return t.v; });
      density = number(static_cast<double>(model_->log_density(std::as_const(at), by_hand)));
      if (density.v > -INFINITY)
        for (std::size_t i = 0; i < theta.size(); ++i) density += number(0, by_hand[i], theta[i]);
    } else {
      density = model_->log_density(std::as_const(theta));
    }
    if (std::isnan(density.v)) refuse("is NaN", constrain(x));
    if (density.v == INFINITY) refuse("is +infinity", constrain(x));
    if (jacobian_) density += log_jacobian;
    if (gradient)
      for (int i = first; i < std::min(free_dimension, first + Directions); ++i)
        (*gradient)[static_cast<std::size_t>(i)] = density.derivative(i - first);
    return std::isfinite(density.v) ? density.v : -INFINITY;
  }

  [[noreturn, gnu::cold, gnu::noinline]] static void refuse(std::string_view what, const constrained& theta) {
    errors::raise<bad_input>(
        {"the log-density of ", type_name<Model>(), " ", what, " at theta = ", detail::show(theta)});
  }

  const Model* model_;
  bool jacobian_;
};

}  // namespace genet::inline GENET_ISA::inference
