#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "../run/session.hpp"
#include "losses.hpp"

namespace genet::inline GENET_ISA {

/// Examples of one call, (rows, ...): what the data does not have is null. `scratch` are `2 * rows` numbers for the
/// objective's own use.
template <class T>
struct example_batch {
  const T* x = nullptr;
  const std::int32_t* labels = nullptr;
  long rows = 0;
  double* scratch = nullptr;
  const std::int32_t* tokens = nullptr;
  const std::int32_t* mask = nullptr;
};

/// How far the training is; objectives may change with it.
struct training_progress {
  double epochs_done = 0;  ///< with fractions
};

/// What an objective measured on a batch, per example.
template <std::size_t Terms>
struct measured {
  double loss = 0;
  std::array<double, Terms> terms{};
};

/// Options of a loss that a resumed run must share.
template <class Loss>
std::vector<std::pair<std::string_view, double>> options_of(const Loss& loss) {
  std::vector<std::pair<std::string_view, double>> all;
  if constexpr (requires { loss.reduce; }) all.emplace_back("reduce", static_cast<double>(loss.reduce));
  if constexpr (requires { loss.delta; }) all.emplace_back("delta", loss.delta);
  if constexpr (requires { loss.label_smoothing; }) all.emplace_back("label_smoothing", loss.label_smoothing);
  return all;
}

/// An objective reads the outputs of a session and, where it can, writes their gradients:
///
///     static constexpr std::array<std::string_view, N> terms{...};          // parts of the loss, by name
///     measured<N> measure<Net>(Session&, const example_batch<T>&, const training_progress&, double weight) const;
///     options() const                                                       // names and values, if a resume is to
///     check
///
/// The gradients are those of `weight` times the mean loss; `Session::team()` shares the work. A loss is an objective
/// through `objective_of`. It may also say
///
///     long copies() const;                        // rows of a pass that each example fills, one behind the other
///     template <class Net> using runs = ...;      // a net of the same parameters that gives what the objective reads
///     template <class Net, class T> struct feed;  // what that net reads, where it is not what the examples hold: made
///                                                 // of an objective and a number of rows, called with a batch and the
///                                                 // weight, gives the sources; in the training with weights, a key
///                                                 // of random numbers and training_progress too, if it takes them
template <class Loss>
struct loss_objective {
  Loss loss{};
  static constexpr std::array<std::string_view, 0> terms{};
  auto options() const { return options_of(loss); }

  /// The target is the input itself: an autoencoder.
  template <class Net, class Session, class T>
  measured<0> measure(Session& s, const example_batch<T>& b, const training_progress&, double weight) const {
    constexpr long n = Net::net_type::output_shape.size();
    static_assert(
        n == Net::net_type::input_shape.size(),
        "an element-wise loss compares the output with the input, so the net must give the shape that it takes");
    T* gradient = nullptr;
    if constexpr (Session::can != capability::forward) gradient = s.output_gradient().data();
    return {evaluate_loss(loss, s.output().data(), b.x, b.rows, n, gradient, weight, s.team()) / weight, {}};
  }
};

/// Classification: labels against logits; also reports the share of examples whose largest logit is the label's.
template <>
struct loss_objective<cross_entropy> {
  cross_entropy loss{};
  static constexpr std::array<std::string_view, 1> terms{"accuracy"};
  auto options() const { return options_of(loss); }

  template <class Net, class Session, class T>
  measured<1> measure(Session& s, const example_batch<T>& b, const training_progress&, double weight) const {
    constexpr long classes = Net::net_type::output_shape.size();
    if (!b.labels) throw bad_input("cross_entropy: the examples have no labels");
    const T* logits = s.output().data();
    long right = 0;
    for (long r = 0; r < b.rows; ++r) {
      const T* row = logits + r * classes;
      right += std::max_element(row, row + classes) - row == b.labels[r];
    }
    T* gradient = nullptr;
    if constexpr (Session::can != capability::forward) gradient = s.output_gradient().data();
    const double loss_value =
        evaluate_loss(loss, logits, b.labels, b.rows, classes, gradient, weight, s.team()) / weight;
    return {loss_value, {static_cast<double>(right) / static_cast<double>(b.rows)}};
  }
};

template <class O>
concept is_objective = requires {
  O::terms.size();
};

/// Rows of a pass for each example.
template <is_objective O>
long copies_of(const O& o) {
  if constexpr (requires { o.copies(); }) return o.copies();
  else return 1;
}

/// The net that an objective runs to train a model of `Net`.
template <class O, class Net>
struct net_of_objective {
  using type = Net;
};
template <class O, class Net>
requires requires { typename O::template runs<Net>; } struct net_of_objective<O, Net> {
  using type = typename O::template runs<Net>;
};

/// What a trainer keeps to feed the net that an objective runs; empty: it reads the examples.
template <class O, class Net, class T>
struct feed_of_objective {
  static constexpr bool exists = false, looks_at_model = false;
  feed_of_objective(const O&, long) {}
};
template <class O, class Net, class T>
requires requires { typename O::template feed<Net, T>; } struct feed_of_objective<O, Net, T> : O::template feed<Net, T> {
  static constexpr bool exists = true;
  static constexpr bool looks_at_model =
      requires(feed_of_objective& f, const example_batch<T>& b, weights<T> w, const rng::key& k,
               const training_progress& p) { f(b, 1.0, w, k, p); };
  using O::template feed<Net, T>::feed;
};

template <class O>
auto objective_of(O o) {
  if constexpr (is_objective<O>)
    return o;
  else
    return loss_objective<O>{std::move(o)};
}

}  // namespace genet
