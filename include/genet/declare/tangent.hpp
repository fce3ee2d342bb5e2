#pragma once
#include <array>
#include <string_view>
#include <type_traits>
#include <utility>

#include "net.hpp"

namespace genet::inline GENET_ISA {

/// How the tangent of a layer is computed: the derivative of its output along a direction of its input.
enum class tangent_kind : unsigned char {
  none,
  linear,            ///< by the layer itself, without its bias
  selecting,         ///< by what it kept of its choice among its inputs
  piecewise_linear,  ///< an activation whose slope changes nowhere but at kinks
  smooth,            ///< any other activation
};

/// A layer says `using is_linear = void;` if, given its parameters, its output is a linear function of all its real
/// inputs together plus a constant: the parameters of the group bias, which do nothing else. An activation X says
/// `using is_piecewise_linear = X;` to save the work of a second derivative that is zero. A layer says
/// `using is_selection = void;` if each number that it gives is one of its inputs, which one it keeps in its saved values;
/// compute<L> then has `template <class T, shapes In> static void select(const context<T>&)`, which makes that choice
/// again from other inputs.
template <class L>
constexpr tangent_kind tangent_kind_of() {
  if constexpr (requires { typename L::is_linear; }) return tangent_kind::linear;
  if constexpr (requires { typename L::is_selection; }) return tangent_kind::selecting;
  if constexpr (activation_layer<L>) {
    if constexpr (requires { typename L::is_piecewise_linear; })
      if (std::is_same_v<typename L::is_piecewise_linear, L>) return tangent_kind::piecewise_linear;
    return tangent_kind::smooth;
  }
  return words<L>[0].what == role::residual ? tangent_kind::linear : tangent_kind::none;  // its addition
}

/// What a tangent session does and where, for a program before merging. The *score* is the mean over one output of
/// the net, *tangents* are derivatives along a direction at source 0. Four passes follow each other: forward,
/// backward from the score to source 0 (`backward`, `gradient`), forward with tangents, and backward with the
/// tangents of the gradients (`tangent_backward`, `gradient_tangent`). The last two leave alone what they read of the
/// others, so that they can be repeated.
template <int Steps, int Buffers>
struct tangent_plan : memory_plan<Steps, Buffers> {
  std::array<tangent_kind, static_cast<std::size_t>(Steps)> kind{};
  std::array<bool, static_cast<std::size_t>(Steps)> between{};  // source 0 and the score
  std::array<bool, static_cast<std::size_t>(Steps)> weighs{};   // and its input is multiplied by parameters
  std::array<wants, static_cast<std::size_t>(Steps)> tangent_backward{};
  std::array<memory_block, static_cast<std::size_t>(Buffers)> tangent{}, gradient_tangent{};
  memory_block copy{};           // of a gradient that a kernel may overwrite
  memory_block tangent_saved{};  // what a linear layer keeps of a tangent
  long tangent_fixed = 0;        // the offset of what it keeps once a batch
  long zeros = 0;                // per example: a tangent that vanishes
};

namespace planning {

/// The output whose mean is the score: the only one, or the one of that name; -1 if there is neither.
constexpr int score_of(const bundle& out) { return out.n == 1 ? 0 : out.find("score"); }

/// Which steps lie between source 0 and the score, and which gradients flow in each backward pass.
template <class Plan, class Program>
constexpr void find_tangents(Plan& m, const Program& p) {
  constexpr auto at = [](auto& array, int i) -> auto& { return array[static_cast<std::size_t>(i)]; };
  std::array<bool, std::tuple_size_v<decltype(p.buffers)>> depends{}, trained{}, curved{};
  const int score = p.out[score_of(p.out)].buffer;
  depends[0] = p.in[0].kind == element::real;
  for (int s = 0; s < p.n_steps; ++s) {
    const step& x = at(p.steps, s);
    bool on_source = false, on_parameters = x.n_parameters > 0;
    for (int i = 0; i < x.n_in; ++i) {
      on_source = on_source || at(depends, x.in[i]);
      on_parameters = on_parameters || at(trained, x.in[i]);
    }
    at(depends, x.out) = on_source && x.out_kind == element::real;
    at(trained, x.out) = on_parameters && x.out_kind == element::real;
  }
  // The first contribution to a gradient writes, later ones add.
  auto contribute = [&at](wants& w, auto& begun, int buffer, int i) {
    (at(begun, buffer) ? w.add : w.write) |= 1U << i;
    at(begun, buffer) = true;
  };
  at(m.has_gradient, score) = at(depends, score);
  for (int s = p.n_steps - 1; s >= 0; --s) {
    const step& x = at(p.steps, s);
    if (!at(m.has_gradient, x.out)) continue;
    at(m.between, s) = true;
    for (int i = 0; i < x.n_in; ++i)
      if (at(depends, x.in[i])) contribute(at(m.backward, s), m.has_gradient, x.in[i], i);
    for (int k = 0; k < x.n_parameters; ++k)
      if (at(p.parameters, x.first_parameter + k).declared.member_of != parameter_group::bias) at(m.weighs, s) = true;
  }
  for (int s = p.n_steps - 1; s >= 0; --s) {
    const step& x = at(p.steps, s);
    const bool bends = at(m.between, s) && at(m.kind, s) == tangent_kind::smooth;
    if (!bends && !at(curved, x.out)) continue;
    wants& w = at(m.tangent_backward, s);
    w.parameters = at(curved, x.out) && x.n_parameters > 0;
    for (int i = 0; i < x.n_in; ++i)
      if (at(trained, x.in[i])) contribute(w, curved, x.in[i], i);
  }
}

template <class Plan, class Program>
constexpr void find_tangent_lifetimes(Plan& m, const Program& p) {
  constexpr auto at = [](auto& array, int i) -> auto& { return array[static_cast<std::size_t>(i)]; };
  const int steps = p.n_steps, end = 4 * steps + 2;
  auto extend = [](memory_block& b, int t) {
    b.first = b.used() && b.first < t ? b.first : t;
    b.last = b.last > t ? b.last : t;
  };
  auto grow = [](long& most, long size) { most = most > size ? most : size; };
  for (std::size_t b = 0; b < p.buffers.size(); ++b)
    m.value[b].size = m.gradient[b].size = m.tangent[b].size = m.gradient_tangent[b].size = aligned(p.buffers[b]);

  const int score = p.out[score_of(p.out)].buffer;
  extend(at(m.value, score), end);
  extend(at(m.gradient, score), steps);
  extend(at(m.gradient, 0), end);
  long kept = 0, kept_per_batch = 0;
  for (int s = steps - 1; s >= 0; --s) {  // who reads a value comes before who makes it
    const step& x = at(p.steps, s);
    const wants &first = at(m.backward, s), &second = at(m.tangent_backward, s);
    const bool linear = at(m.kind, s) == tangent_kind::linear, bends = at(m.kind, s) == tangent_kind::smooth;
    const bool again = first.any() || second.any();
    const int backward = 2 * steps - s, tangent = 2 * steps + 1 + s, tangent_backward = 4 * steps + 1 - s;

    const bool inputs = first.any() || (second.write | second.add) != 0;
    const bool reads_x = (inputs && x.reads.x_for_dx) || (second.parameters && x.reads.x_for_dp);
    const bool reads_y = (inputs && x.reads.y_for_dx) || (second.parameters && x.reads.y_for_dp);
    extend(at(m.value, x.out), s);
    if (reads_y) extend(at(m.value, x.out), end);
    for (int i = 0; i < x.n_in; ++i) extend(at(m.value, x.in[i]), reads_x ? end : s);
    if (x.saved) at(m.saved, s) = {s, again ? end : s, aligned(x.saved)};
    if (x.scratch) at(m.forward_scratch, s) = {s, s, aligned(x.scratch)};
    if (x.scratch && again) at(m.backward_scratch, s) = {backward, end, aligned(x.scratch)};

    if (at(m.between, s)) {
      extend(at(m.gradient, x.out), bends || at(m.weighs, s) ? end : backward);
      for (int i = 0; i < x.n_in; ++i) {
        if (first.input(i)) extend(at(m.gradient, x.in[i]), backward);
        if (first.input(i)) extend(at(m.tangent, x.in[i]), bends && x.reads.x_for_dx ? tangent_backward : tangent);
        else if (x.taken.kind[i] == element::real) grow(m.zeros, x.taken[i].size());
      }
      memory_block& y = at(m.tangent, x.out);
      if (bends && x.reads.y_for_dx) extend(y, tangent_backward);
      if (at(m.weighs, s) && (x.reads.y_for_dp || x.saved || x.saved_per_batch)) extend(y, tangent);
      if (y.used()) extend(y, tangent);
      if (at(m.weighs, s)) grow(m.copy.size, aligned(x.out_shape.size()));
      if (linear) grow(kept, aligned(x.saved));
      if (linear) grow(kept_per_batch, aligned(x.saved_per_batch));
    }
    for (int i = 0; i < x.n_in; ++i)
      if (second.input(i)) extend(at(m.gradient_tangent, x.in[i]), tangent_backward);
    if (memory_block& b = at(m.gradient_tangent, x.out); b.used()) extend(b, tangent_backward);

    at(m.fixed, s) = m.per_batch;
    m.per_batch += aligned(x.saved_per_batch);
  }
  for (int i = 0; i < p.in.n; ++i) at(m.value, i) = at(m.tangent, i) = {};  // the caller's memory
  if (m.copy.size) m.copy = {steps, end, m.copy.size};
  if (kept) m.tangent_saved = {2 * steps + 1, end, kept};
  m.tangent_fixed = m.per_batch;
  m.per_batch += kept_per_batch;
}

template <int Steps, int Buffers>
constexpr void place(tangent_plan<Steps, Buffers>& m) {
  constexpr std::size_t n = 4 * static_cast<std::size_t>(Buffers) + 3 * static_cast<std::size_t>(Steps) + 2;
  std::array<memory_block*, n> blocks{&m.copy, &m.tangent_saved};
  std::size_t k = 2;
  for (auto* group : {&m.value, &m.gradient, &m.tangent, &m.gradient_tangent})
    for (auto& b : *group) blocks[k++] = &b;
  for (auto* group : {&m.saved, &m.forward_scratch, &m.backward_scratch})
    for (auto& b : *group) blocks[k++] = &b;
  m.per_example = place_in_time<n, 4 * static_cast<std::size_t>(Steps) + 3>(blocks.data());
}

template <class Net, int Step>
constexpr tangent_kind kind_of_step() {
  constexpr const step& s = compiled<Net>.steps[Step];
  if constexpr (s.reorder != reordering::none) return tangent_kind::linear;
  else return tangent_kind_of<typename type_at<typename Net::tree, s.word>::type>();
}
template <class Net, int Step>
constexpr std::string_view reason_of_step() {
  using layer = typename type_at<typename Net::tree, compiled<Net>.steps[Step].word>::type;
  if constexpr (requires { layer::no_tangent; }) return layer::no_tangent;
  else return "it is neither linear in its input nor an activation";
}
template <class Net>
using step_numbers = std::make_integer_sequence<int, Net::counts.steps>;

template <class Net>
inline constexpr auto tangent_flow = [] {
  tangent_plan<Net::counts.steps, Net::counts.buffers> m;
  if (!Net::well_formed || score_of(Net::outputs) < 0) return m;
  m.kind = []<int... I>(std::integer_sequence<int, I...>) {
    return decltype(m.kind){kind_of_step<Net, I>()...};
  }(step_numbers<Net>());
  find_tangents(m, compiled<Net>);
  return m;
}();

template <class Net>
constexpr verdict make_tangent_verdict() {
  auto refused = [](const text& why) { return verdict{true, text("gradient penalty: ") << why}; };
  constexpr const auto& m = tangent_flow<Net>;
  const int output = score_of(Net::outputs);
  if (!Net::well_formed) return {};
  if (output < 0) return refused(text("wants one output, or one named score, got ") << show(Net::outputs));
  if (Net::source[0].kind != element::real)
    return refused(text("wants reals as the first source, got ") << show(Net::source));
  if (!m.has_gradient[0]) return refused("the score does not depend on the input");
  constexpr auto reasons = []<int... I>(std::integer_sequence<int, I...>) {
    return std::array<std::string_view, sizeof...(I)>{reason_of_step<Net, I>()...};
  }(step_numbers<Net>());
  for (std::size_t s = 0; s < reasons.size(); ++s)
    if (m.between[s] && m.kind[s] == tangent_kind::none)
      return refused(spelling::path_of(words<typename Net::tree>.data(), compiled<Net>.steps[s].word)
                     << ", has no tangent: " << reasons[s]);
  return {};
}

template <class Net>
inline constexpr auto tangent_lifetimes = [] {
  tangent_plan<Net::counts.steps, Net::counts.buffers> m;
  if (!Net::well_formed || make_tangent_verdict<Net>().refused) return m;
  m = tangent_flow<Net>;
  find_tangent_lifetimes(m, compiled<Net>);
  return m;
}();

template <class Net>
inline constexpr auto tangents_placed = [] {
  auto m = tangent_lifetimes<Net>;
  place(m);
  return m;
}();

}  // namespace planning

/// Whether the gradient of a penalty on the input gradient of a net is known, and if not, which layer stands in the
/// way. Each layer between the first source and the score must be linear in its input, an activation, or a selection.
template <is_net Net>
constexpr verdict tangent_verdict() {
  return planning::make_tangent_verdict<typename Net::net_type>();
}

/// What a tangent session of a net does, and its working memory; empty for a net that is refused.
template <is_net Net>
inline constexpr const auto& tangent_plan_of = planning::tangents_placed<typename Net::net_type>;

}  // namespace genet
