#pragma once
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../declare/answer.hpp"
#include "../declare/error.hpp"
#include "../tensor/simd.hpp"
#include "../tensor/team.hpp"

namespace genet::inline GENET_ISA {

/// What an optimiser is told about one step on one range of parameters.
struct step_facts {
  long step = 1;             ///< from 1
  double learning_rate = 0;  ///< after schedule and rule
  double weight_decay = 0;
  double gradient_scale = 1;  ///< multiplies every gradient: clipping by norm costs no pass of its own
};

// An optimiser is an aggregate with
//   learning_rate, weight_decay          what it starts from
//   static constexpr int moments         how many numbers it keeps for each parameter, beginning at zero
//   prepare(facts) const                 what the step_facts come to for all parameters alike: bias corrections and
//                                        such; where it is missing, the facts themselves
//   update(w, g, moment, n, constants) const
//                                        one step on n parameters, in one vector pass; g is not changed. Where w, g
//                                        and the moments are padded with zeros, the padding stays zero. Called for
//                                        stretches of any size, by several threads; each parameter by itself
//   options()                            names and values, in order: a resume under others is refused with the name
// and, if some parameters are spared the decay, decays(group). Constants are computed in double, all formulas have
// PyTorch's order; rate and decay arrive through step_facts, so that rules and schedules can change them.

using option_list = std::vector<std::pair<std::string_view, double>>;

namespace optimiser_detail {

// w[i] = rule(w[i], g[i], moments of i) for all i. The rule comes as a value, and holds its numbers as values: what
// it referred to would be read again for each vector, as the stores could have changed it.
template <int Moments, class T, class Rule>
[[gnu::flatten]] void for_each_parameter(T* w, const T* g, [[maybe_unused]] T* const* moment, long n,
                                         const Rule rule) {
  using number = tensor::lane<T>;
  constexpr long width = tensor::width<T>;
  [&]<std::size_t... M>(std::index_sequence<M...>) {
    const std::array<T*, sizeof...(M)> kept{moment[M]...};
    const auto at = [=](long i, auto load, auto store) {
      const number gradient = load(g + i);
      std::array<number, sizeof...(M)> m{number(load(kept[M] + i))...};
      const number updated = rule(number(load(w + i)), gradient, m);
      (store(kept[M] + i, m[M].v), ...);
      store(w + i, updated.v);  // last: 15 % less time for blocks that come from the third-level cache
    };
    const long whole = n - n % width, rest = n - whole;
    for (long i = 0; i < whole; i += width)
      at(i, [](const T* p) { return tensor::simd<T>::load_unaligned(p); },
         [](T* p, const tensor::simd<T>& x) { x.store_unaligned(p); });
    if (rest)
      at(whole, [&](const T* p) { return tensor::load_partial(p, rest); },
         [&](T* p, const tensor::simd<T>& x) { tensor::store_partial(p, x, rest); });
  }(std::make_index_sequence<static_cast<std::size_t>(Moments)>{});
}

}  // namespace optimiser_detail

/// Stochastic gradient descent: d = g + decay w; b = momentum b + (1 - dampening) d, in the first step b = d; then
/// w -= rate b, with nesterov w -= rate (d + momentum b). PyTorch equivalent: optim.SGD.
struct sgd {
  double learning_rate = 1e-2;
  double momentum = 0;
  double dampening = 0;
  bool nesterov = false;
  double weight_decay = 0;

  static constexpr std::string_view label() { return "sgd"; }
  static constexpr int moments = 1;
  option_list options() const {
    return {{"learning_rate", learning_rate}, {"momentum", momentum},         {"dampening", dampening},
            {"nesterov", nesterov ? 1. : 0.}, {"weight_decay", weight_decay}};
  }

  /// Without momentum the moment is not touched and may be null.
  template <std::floating_point T>
  void update(T* w, const T* g, T* const* moment, long n, const step_facts& f) const {
    const auto descent = [=](auto x, auto gradient) { return f.gradient_scale * gradient + f.weight_decay * x; };
    if (momentum == 0)
      return optimiser_detail::for_each_parameter<0>(
          w, g, moment, n, [=](auto x, auto gradient, auto&) { return x - f.learning_rate * descent(x, gradient); });
    const double share = f.step == 1 ? 1 : 1 - dampening;
    optimiser_detail::for_each_parameter<1>(w, g, moment, n, [=, o = *this](auto x, auto gradient, auto& m) {
      const auto d = descent(x, gradient);
      m[0] = o.momentum * m[0] + share * d;
      return x - f.learning_rate * (o.nesterov ? d + o.momentum * m[0] : m[0]);
    });
  }
};

/// d = g + decay w; v = smoothing v + (1 - smoothing) d^2; b = momentum b + d / (sqrt(v) + epsilon); w -= rate b.
/// PyTorch equivalent: optim.RMSprop (smoothing is its alpha; not centred).
struct rmsprop {
  double learning_rate = 1e-2;
  double smoothing = 0.99;
  double epsilon = 1e-8;
  double momentum = 0;
  double weight_decay = 0;

  static constexpr std::string_view label() { return "rmsprop"; }
  static constexpr int moments = 2;
  option_list options() const {
    return {{"learning_rate", learning_rate}, {"smoothing", smoothing},       {"epsilon", epsilon},
            {"momentum", momentum},           {"weight_decay", weight_decay}};
  }

  /// Moments: mean square, momentum buffer; without momentum the second is not touched and may be null.
  template <std::floating_point T>
  void update(T* w, const T* g, T* const* moment, long n, const step_facts& f) const {
    const auto scaled = [=, o = *this](auto x, auto gradient, auto& mean_square) {
      const auto d = f.gradient_scale * gradient + f.weight_decay * x;
      mean_square = o.smoothing * mean_square + (1 - o.smoothing) * d * d;
      return d / (sqrt(mean_square) + o.epsilon);
    };
    if (momentum == 0)
      return optimiser_detail::for_each_parameter<1>(w, g, moment, n, [=](auto x, auto gradient, auto& m) {
        return x - f.learning_rate * scaled(x, gradient, m[0]);
      });
    optimiser_detail::for_each_parameter<2>(w, g, moment, n, [=, o = *this](auto x, auto gradient, auto& m) {
      m[1] = o.momentum * m[1] + scaled(x, gradient, m[0]);
      return x - f.learning_rate * m[1];
    });
  }
};

namespace optimiser_detail {

// What Adam and AdamW prepare: the rate and the root with their bias corrections.
struct adam_step {
  double rate, correction, gradient_scale;
  double decay;  // times the parameter: added to the gradient (Adam) or what is left of it (AdamW)
};

template <class Options>
adam_step prepare_adam(const Options& o, const step_facts& f, double decay) {
  const double steps = static_cast<double>(f.step);
  return {f.learning_rate / (1 - std::pow(o.beta1, steps)), 1 / std::sqrt(1 - std::pow(o.beta2, steps)),
          f.gradient_scale, decay};
}

// Adam's step, the decay of the weight coupled (part of the gradient, Adam) or not (AdamW).
template <bool Coupled, class Options, class T>
void adam_update(const Options& options, T* w, const T* g, T* const* moment, long n, const adam_step& constants) {
  for_each_parameter<2>(w, g, moment, n, [o = options, s = constants](auto x, auto gradient, auto& m) {
    auto d = s.gradient_scale * gradient;
    if constexpr (Coupled) d = d + s.decay * x;
    else x = s.decay * x;
    m[0] = o.beta1 * m[0] + (1 - o.beta1) * d;
    m[1] = o.beta2 * m[1] + (1 - o.beta2) * d * d;
    return x - s.rate * m[0] / (sqrt(m[1]) * s.correction + o.epsilon);
  });
}

}  // namespace optimiser_detail

/// Kingma & Ba 2015; weight decay is added to the gradient. PyTorch equivalent: optim.Adam.
struct adam {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;

  static constexpr std::string_view label() { return "adam"; }
  static constexpr int moments = 2;
  option_list options() const {
    return {{"learning_rate", learning_rate}, {"beta1", beta1},               {"beta2", beta2},
            {"epsilon", epsilon},             {"weight_decay", weight_decay}};
  }

  auto prepare(const step_facts& f) const { return optimiser_detail::prepare_adam(*this, f, f.weight_decay); }

  /// Moments: mean gradient, mean square.
  template <std::floating_point T>
  void update(T* w, const T* g, T* const* moment, long n, const optimiser_detail::adam_step& s) const {
    optimiser_detail::adam_update<true>(*this, w, g, moment, n, s);
  }
};

/// Loshchilov & Hutter 2019: Adam whose weights shrink by rate * decay besides the step. Biases and the parameters of
/// normalisations are spared the decay unless `decay_all`. PyTorch equivalent: optim.AdamW, which decays all.
struct adamw {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 1e-2;
  bool decay_all = false;

  static constexpr std::string_view label() { return "adamw"; }
  static constexpr int moments = 2;
  option_list options() const {
    return {{"learning_rate", learning_rate}, {"beta1", beta1},
            {"beta2", beta2},                 {"epsilon", epsilon},
            {"weight_decay", weight_decay},   {"decay_all", decay_all ? 1. : 0.}};
  }
  bool decays(parameter_group g) const { return decay_all || g == parameter_group::weight; }

  auto prepare(const step_facts& f) const {
    return optimiser_detail::prepare_adam(*this, f, 1 - f.learning_rate * f.weight_decay);
  }

  template <std::floating_point T>
  void update(T* w, const T* g, T* const* moment, long n, const optimiser_detail::adam_step& s) const {
    optimiser_detail::adam_update<false>(*this, w, g, moment, n, s);
  }
};

/// What an optimiser makes of the facts of a step, once for all parameters that share them: for its `update`.
template <class O>
auto prepared(const O& o, const step_facts& f) {
  if constexpr (requires { o.prepare(f); }) return o.prepare(f);
  else return f;
}

/// Whether `O` can be handed to a trainer.
template <class O>
concept optimiser = requires(const O& o, float* w, const float* g, float* const* m, const step_facts& f) {
  { O::moments } -> std::convertible_to<int>;
  { o.learning_rate } -> std::convertible_to<double>;
  { o.weight_decay } -> std::convertible_to<double>;
  { o.options() } -> std::convertible_to<option_list>;
  o.update(w, g, m, 1L, prepared(o, f));
};

/// Settings of some parameters that differ from the optimiser's own: of those of one group, of those whose name is
/// `name` or begins with `name.`, or of those that meet both. Of several rules for a tensor the last one holds.
///
///   parameter_rule{.name = "encoder", .rate = 0.1}                    // a pretrained part moves slowly
///   parameter_rule{.member_of = parameter_group::bias, .weight_decay = 0}
struct parameter_rule {
  std::string name{};
  std::optional<parameter_group> member_of{};
  double rate = 1;                       ///< multiplies the scheduled learning rate
  std::optional<double> weight_decay{};  ///< instead of the optimiser's

  bool applies_to(std::string_view tensor, parameter_group g) const {
    const bool named = tensor == name || (tensor.size() > name.size() && tensor.substr(0, name.size()) == name &&
                                          tensor[name.size()] == '.');
    return (name.empty() || named) && (!member_of || *member_of == g);
  }
};

/// A stretch of the parameter block with one setting.
struct update_range {
  long offset = 0;
  long size = 0;  ///< with the padding of its tensors
  double rate = 1;
  double weight_decay = 0;

  /// Those of a step, for the parameters of this range.
  step_facts facts(step_facts f) const {
    f.learning_rate *= rate;
    f.weight_decay = weight_decay;
    return f;
  }
  friend bool operator==(const update_range&, const update_range&) = default;
};

namespace optimiser_detail {

/// A trained tensor as `update_ranges` sees it, whatever the model and the optimiser.
struct placed_tensor {
  std::string_view name;
  parameter_group member_of;
  long offset;
  double weight_decay;
};

template <class = void>
[[gnu::cold]] std::vector<update_range> cut_ranges(std::span<const placed_tensor> tensors, long elements,
                                                   std::span<const parameter_rule> rules) {
  std::vector<update_range> ranges;
  std::vector<char> used(rules.size(), false);
  for (const placed_tensor& t : tensors) {
    update_range next{.offset = t.offset, .weight_decay = t.weight_decay};
    for (std::size_t i = 0; i < rules.size(); ++i)
      if (rules[i].applies_to(t.name, t.member_of)) {
        used[i] = true;
        next.rate = rules[i].rate;
        next.weight_decay = rules[i].weight_decay.value_or(next.weight_decay);
      }
    if (ranges.empty() || ranges.back().rate != next.rate || ranges.back().weight_decay != next.weight_decay)
      ranges.push_back(next);
  }
  for (std::size_t i = 0; i < ranges.size(); ++i)
    ranges[i].size = (i + 1 < ranges.size() ? ranges[i + 1].offset : elements) - ranges[i].offset;
  for (std::size_t i = 0; i < rules.size(); ++i)
    if (!used[i])
      errors::raise<usage_error>({"parameter rule ", i + 1, " (name '", rules[i].name, "'",
                                  rules[i].member_of ? ", group " : "",
                                  rules[i].member_of ? show(*rules[i].member_of) : std::string_view(),
                                  "): applies to no parameter of the model"});
  return ranges;
}

}  // namespace optimiser_detail

/// The parameter block of `elements` elements, cut where settings change. `tensors` is a model's list (name, offset,
/// trained, member_of) in the order of their offsets. A rule that applies to nothing is a usage_error.
template <optimiser O, class Tensors>
std::vector<update_range> update_ranges(const O& o, const Tensors& tensors, long elements,
                                        std::span<const parameter_rule> rules = {}) {
  std::vector<optimiser_detail::placed_tensor> placed;
  for (const auto& t : tensors) {
    if (!t.trained) continue;
    double decay = o.weight_decay;
    if constexpr (requires { o.decays(t.member_of); })
      if (!o.decays(t.member_of)) decay = 0;
    placed.push_back({t.name, t.member_of, t.offset, decay});
  }
  return optimiser_detail::cut_ranges(placed, elements, rules);
}

/// One optimiser step on a whole block: `facts` holds step, scheduled learning rate and gradient scale; rate and
/// decay of each range come on top. `moment` are blocks of the same layout. The same bits for any number of threads.
template <optimiser O, std::floating_point T>
void update_all(const O& o, std::span<const update_range> ranges, T* w, const T* g, T* const* moment,
                const step_facts& facts, tensor::team& team = tensor::alone()) {
  for (const auto& r : ranges) {
    const auto constants = prepared(o, r.facts(facts));
    team.divide(r.size, 4096, [&](long first, long count) {
      const long at = r.offset + first;
      std::array<T*, static_cast<std::size_t>(O::moments)> here{};
      for (std::size_t k = 0; k < here.size(); ++k) here[k] = moment[k] ? moment[k] + at : nullptr;
      o.update(w + at, g + at, here.data(), count, constants);
    });
  }
}

}  // namespace genet

#ifdef GENET_COMPILED_KERNELS
#include "../compiled/optimisers.hpp"
#endif
