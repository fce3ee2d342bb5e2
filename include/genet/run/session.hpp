#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "../declare/error.hpp"
#include "../declare/net.hpp"
#include "../declare/step_labels.hpp"
#include "../declare/stepping.hpp"
#include "../kernels/context.hpp"
#include "engine.hpp"

namespace genet::inline GENET_ISA {

/// A net whose parameters stay as they are while gradients flow through it to its inputs: the discriminator in a
/// generator's step. It has no parameter gradients, and stepping it does not compile. Batch-norm statistics do not
/// move.
template <is_net Net>
struct frozen {
  using net_type = typename Net::net_type;
};

namespace execution {

/// Keyed by what the kernel depends on, never by its position: equal layers are compiled once.
template <class T, class L, shapes In, wants Want>
inline constexpr entry<T> kernel_of = [] {
  entry<T> e;
  e.forward = &compute<L>::template forward<T, In>;
  if constexpr (Want.any()) e.backward = &compute<L>::template backward<T, In, Want>;
  if constexpr (requires { compute<L>::template workspace<T, In>(); })
    e.workspace = compute<L>::template workspace<T, In>();
  if constexpr (requires { compute<L>::by_rows; }) {
    e.forward_by_rows = compute<L>::by_rows;
    e.backward_by_rows = compute<L>::by_rows && !Want.parameters;
  }
  if constexpr (requires { compute<L>::updates; }) e.updates = compute<L>::updates;
  return e;
}();

template <class Net, int Step>
struct layer_of {
  static constexpr const step& s = program_of<Net>.steps[Step];
  template <int Word>
  using at = typename type_at<typename Net::tree, Word>::type;
  template <int... I>
  static auto choose(std::integer_sequence<int, I...>) {
    if constexpr (s.reorder != reordering::none) return std::type_identity<reordered<s.reorder>>();
    else if constexpr (sizeof...(I) == 0) return std::type_identity<at<s.word>>();
    else return std::type_identity<merged_layer<at<s.word>, at<s.then[I]>...>>();
  }
  using type = typename decltype(choose(std::make_integer_sequence<int, s.n_then>()))::type;
};

template <class Net, class T, capability C, int... I>
constexpr auto make_table(std::integer_sequence<int, I...>) {
  return std::array<entry<T>, sizeof...(I)>{
      kernel_of<T, typename layer_of<Net, I>::type, spelled_out(program_of<Net>.steps[I].taken),
                spelled_out(plan_of<Net, C>.backward[I])>...};
}
template <class Net, class T, capability C>
inline constexpr auto table = make_table<Net, T, C>(std::make_integer_sequence<int, program_of<Net>.n_steps>{});

template <class Net, class T, capability C>
inline constexpr element_count workspace = [] {
  element_count most;
  for (const auto& e : table<Net, T, C>) {
    most.per_example = e.workspace.per_example > most.per_example ? e.workspace.per_example : most.per_example;
    most.per_batch = e.workspace.per_batch > most.per_batch ? e.workspace.per_batch : most.per_batch;
  }
  return most;
}();

template <class Net, class T, capability C>
constexpr net_constants<T> constants_of() {
  constexpr const auto& program = storage::program<Net, T>;
  constexpr const auto& plan = plan_of<Net, C>;
  net_constants<T> c;
  c.n_steps = program.n_steps;
  c.steps = program.steps.data();
  c.parameters = program.parameters.data();
  c.state = program.state.data();
  c.in = &program.in;
  c.out = &program.out;
  c.parameter_names = parameter_names<Net>.data();
  c.label = &step_label<Net>;
  c.drawing_steps = drawing_steps<Net>;
  c.carried = carried_sizes<Net>;
  c.value = plan.value;
  c.gradient = plan.gradient;
  c.saved = plan.saved;
  c.forward_scratch = plan.forward_scratch.data();
  c.backward_scratch = plan.backward_scratch.data();
  c.has_gradient = plan.has_gradient.data();
  c.backward = plan.backward.data();
  c.fixed = plan.fixed.data();
  c.per_example = plan.per_example;
  c.per_batch = plan.per_batch;
  c.kernels = table<Net, T, C>.data();
  c.workspace = workspace<Net, T, C>;
  return c;
}

/// Parameters that no gradient reaches: a layer whose output nobody uses.
template <class Net, capability C>
inline constexpr int unreached = [] {
  int n = 0;
  constexpr const auto& p = program_of<Net>;
  for (int s = 0; s < p.n_steps; ++s)
    n += p.steps[static_cast<std::size_t>(s)].n_parameters > 0 &&
         !plan_of<Net, C>.backward[static_cast<std::size_t>(s)].parameters;
  return n;
}();

}  // namespace execution

/// Runs a net: owns its working memory for at most `capacity` examples at a time. Parameters belong to the model and
/// are passed in, so that one model serves many sessions. Nothing is allocated after construction. A session is used
/// from one thread at a time; it computes with the threads of a team, and gives the same bits for any number of them.
///
/// The working memory is three planned blocks: per example (scaled by the capacity), per batch, and the kernels' own
/// workspace (packed operands).
template <is_net Net, class T = float, capability C = capability::gradient>
class session : public execution::engine<T> {
  using engine = execution::engine<T>;

 public:
  using net_type = typename Net::net_type;
  using scalar = T;
  static constexpr capability can = C;
  static constexpr int n_outputs = net_type::outputs.n;

  /// Room for `capacity` examples per call. Throws usage_error if that is not positive. The team must outlive it.
  explicit session(long capacity, tensor::team& team = tensor::alone())
      : engine(execution::constants_of<net_type, T, C>(), capacity, team) {}

  /// Computes the outputs at the next positions of sequences, as many as the net is long, and moves `state` on: what
  /// the whole sequences give there, in pieces. A net with a layer that looks along the whole sequence does not
  /// compile. Throws usage_error for the state of another net. `backward` takes the state before as a constant.
  ///
  ///     session<with_length<generator, 1>> run(64);
  ///     recurrent_state<float> state = run.initial_state(64);
  ///     for (...) run.step(m.view(), tokens.data(), state);
  template <class N = net_type>
  void step(weights<T> w, std::span<const void* const> sources, recurrent_state<T>& state, mode how = mode::evaluation,
            rng::key noise = {}) {
    step<N>(w, sources, state, state, how, noise);
  }
  /// The usual case: one source, of tokens or of reals.
  template <class N = net_type, class X>
  requires(std::is_same_v<X, T> || std::is_same_v<X, std::int32_t>) void step(
      weights<T> w, const X* source, recurrent_state<T>& state, mode how = mode::evaluation, rng::key noise = {}) {
    const void* one[] = {source};
    step<N>(w, std::span<const void* const>(one), state, state, how, noise);
  }
  /// The same from one state to another, which is overwritten.
  template <class N = net_type>
  void step(weights<T> w, std::span<const void* const> sources, const recurrent_state<T>& before,
            recurrent_state<T>& after, mode how = mode::evaluation, rng::key noise = {}) {
    static_assert(sizeof(stepping::checked<N>) > 0);
    engine::run_step(w, sources, before, after, how, noise);
  }

  /// Where the caller writes the gradient of its loss, (rows, size), before `backward`.
  std::span<T> output_gradient(int i = 0) requires(C != capability::forward) { return engine::output_gradient_at(i); }
  std::span<T> output_gradient(std::string_view name) requires(C != capability::forward) {
    return output_gradient(engine::output_index(name));
  }

  /// Gradients of the parameters into `gradients`, laid out as the parameter block. With `accumulate` they are added.
  template <capability Asked = C>  // a template, so that an explicit instantiation of the class leaves it out
  void backward(weights<T> w, T* gradients, bool accumulate = false) {
    step_backward<Asked>(w, gradients, accumulate, nullptr);
  }
  /// The same with the optimiser's step in it: `update` is called for every stretch of parameters once its gradient
  /// is complete and the parameters are read no more. The gradients of most weights then never reach the memory;
  /// `gradients` is left with no meaning. Equal to a step after `backward`, bit for bit, where each parameter gets
  /// one contribution.
  template <capability Asked = C>
  void backward(weights<T> w, T* gradients, const parameter_update<T>& update) {
    step_backward<Asked>(w, gradients, false, &update);
  }
  /// Gradients of the inputs only.
  void backward(weights<T> w) requires(C == capability::input_gradient) {
    engine::run_backward(w, nullptr, false, nullptr);
  }
  /// The gradient of a source after `backward`, (rows, size).
  std::span<const T> input_gradient(int i = 0) const requires(wants_inputs(C)) {
    return engine::input_gradient_at(i);
  }

 private:
  template <capability Asked>
  void step_backward(weights<T> w, T* gradients, bool accumulate, const parameter_update<T>* update) {
    constexpr bool trainable = wants_parameters(Asked);
    static_assert(
        trainable,
        "this session cannot be stepped: its net is frozen<...> or was asked for less, so it has no parameter "
        "gradients; use session<Net, T, capability::gradient>");
    static_assert(!trainable || execution::unreached<net_type, Asked> == 0,
                  "a layer with parameters gets no gradient: its output is not used; take it out of the net");
    if constexpr (trainable) engine::run_backward(w, gradients, accumulate, update);
  }
};

/// A session of a frozen net gives gradients of the inputs only.
template <is_net Net, class T>
class session<frozen<Net>, T, capability::gradient> : public session<Net, T, capability::input_gradient> {
  using session<Net, T, capability::input_gradient>::session;
};

}  // namespace genet
