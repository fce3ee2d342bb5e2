#pragma once
#include <algorithm>
#include <array>
#include <span>
#include <type_traits>
#include <utility>

#include "../kernels/tangent.hpp"
#include "session.hpp"

namespace genet::inline GENET_ISA {

namespace execution {

template <class T>
struct activation_entry {
  void (*forward)(const tangent_stretch<T>&, long) = nullptr;
  void (*backward)(const tangent_stretch<T>&, long) = nullptr;
};

/// What the compiler derived from a net for its tangents, without the net's type.
template <class T>
struct tangent_constants {
  net_constants<T> net{};  // forward, and backward to source 0
  const tangent_kind* kind = nullptr;
  const bool* between = nullptr;
  const bool* weighs = nullptr;
  const wants* tangent_backward = nullptr;
  std::span<const memory_block> tangent{}, gradient_tangent{};
  memory_block copy{}, tangent_saved{};
  long tangent_fixed = 0, zeros = 0;
  int score = 0;  // which output

  const activation_entry<T>* activations = nullptr;
  const kernel<T>* selections = nullptr;
  const entry<T>* weights_kernels = nullptr;  // backward to the parameters alone, where there are weights
  const entry<T>* tangent_kernels = nullptr;  // backward with the tangents of gradients
};

/// What tangent sessions of all nets have in common.
template <class T>
class tangent_engine : protected engine<T> {
  using base = engine<T>;
  using base::arguments, base::index, base::net_, base::rows_, base::run, base::team_;

 public:
  /// Room for `capacity` examples per call. Throws usage_error if that is not positive. The team must outlive it.
  tangent_engine(const tangent_constants<T>& net, long capacity, tensor::team& team);

  long capacity() const { return base::capacity(); }
  tensor::team& team() const { return base::team(); }
  long rows() const { return base::rows(); }
  /// Bytes of working memory, without the zeros that stand for tangents that vanish.
  long bytes() const { return base::bytes(); }
  /// Fills the working memory with a value, see session.
  void poison(T with) { base::poison(with); }

  /// Computes the score of each example, the mean over an output of the net, and returns its gradient at source 0,
  /// (rows, size); sources and noise as in session::forward. All of them must stay until the last add_gradient. Valid
  /// until the next call.
  std::span<const T> input_gradient(weights<T> w, std::span<const void* const> sources, long rows,
                                    mode how = mode::evaluation, rng::key noise = {});
  /// The usual case: one source of reals.
  std::span<const T> input_gradient(weights<T> w, const T* source, long rows, mode how = mode::evaluation,
                                    rng::key noise = {}) {
    const void* one[] = {source};
    return input_gradient(w, std::span<const void* const>(one), rows, how, noise);
  }

  /// What the net gives, (rows, size): the elements whose mean is the score.
  std::span<const T> output() const { return base::output(constants_.score); }

  /// Adds the gradient of sum_n <direction_n, g_n> with respect to the parameters to `gradients`, laid out as the
  /// parameter block, where g is what `input_gradient` returned; the direction, (rows, size), counts as a constant.
  /// For a penalty p(g) it is dp/dg. The parameters must be those of that call. May be called again for another
  /// direction.
  void add_gradient(weights<T> w, const T* direction, T* gradients);

 private:
  T* place(const memory_block& b) { return base::per_example_.data() + b.offset * base::capacity_; }
  T* tangent(int b) {
    return b == 0 ? const_cast<T*>(direction_) : place(constants_.tangent[index(b)]);  // that one is only ever read
  }
  T* gradient_tangent(int b) {
    const memory_block& block = constants_.gradient_tangent[index(b)];
    return block.used() ? place(block) : nullptr;
  }
  T* backward_scratch(int s) {
    const memory_block& block = net_.backward_scratch[s];
    return block.used() ? place(block) : nullptr;
  }
  const tensor_declaration& parameter(const step& x, int i) const {
    return net_.parameters[index(x.first_parameter + i)].declared;
  }
  /// The gradient of a buffer where a kernel may overwrite it.
  T* copy_of_gradient(const step& x);
  /// Where gradients of parameters are added.
  void add_parameters(context<T>& c, const step& x, T* gradients) const;

  void pull_back_score();
  void linear_tangent(int s, T* gradients);
  void selected_tangent(int s);
  void activation_tangent_of(int s, bool backward);
  void tangent_backward(int s, T* gradients);

  tangent_constants<T> constants_;
  tensor::block<T> zeros_, ignored_;
  const T* direction_ = nullptr;
};

template <class T>
tangent_engine<T>::tangent_engine(const tangent_constants<T>& net, long capacity, tensor::team& team)
    : base(net.net, capacity, team), constants_(net) {
  long largest_bias = 0;
  for (int s = 0; s < net_.n_steps; ++s)
    for (int i = 0; i < net_.steps[s].n_parameters; ++i)
      if (const auto& p = parameter(net_.steps[s], i); p.member_of == parameter_group::bias)
        largest_bias = std::max(largest_bias, storage::elements<T>(p));
  zeros_ = tensor::block<T>(std::max(largest_bias, net.zeros * capacity));
  ignored_ = tensor::block<T>(largest_bias);
}

template <class T>
std::span<const T> tangent_engine<T>::input_gradient(weights<T> w, std::span<const void* const> sources, long rows,
                                                     mode how, rng::key noise) {
  base::forward(w, sources, rows, how, noise);
  pull_back_score();
  return base::input_gradient_at(0);
}

template <class T>
void tangent_engine<T>::pull_back_score() {
  const std::span<T> start = base::output_gradient_at(constants_.score);
  std::fill(start.begin(), start.end(), T(1) / static_cast<T>((*net_.out)[constants_.score].s.size()));
  for (int s = net_.n_steps - 1; s >= 0; --s) {
    const auto& e = net_.kernels[s];
    if (!e.backward) continue;
    const step& x = net_.steps[s];
    context<T> c = arguments(s);
    c.scratch = backward_scratch(s);
    c.out_gradient = constants_.weighs[s] ? copy_of_gradient(x) : base::gradient(x.out);
    for (int i = 0; i < x.n_in; ++i) c.in_gradient[index(i)] = base::gradient(x.in[i]);
    run(s, e.backward, e.backward_by_rows, c);
  }
}

template <class T>
void tangent_engine<T>::add_gradient(weights<T> w, const T* direction, T* gradients) {
  base::weights_ = w;
  direction_ = direction;
  for (int s = 0; s < net_.n_steps; ++s) {
    if (!constants_.between[s]) continue;
    if (constants_.kind[s] == tangent_kind::linear) linear_tangent(s, gradients);
    else if (constants_.kind[s] == tangent_kind::selecting) selected_tangent(s);
    else activation_tangent_of(s, false);
  }
  for (int s = net_.n_steps - 1; s >= 0; --s) {
    if (!constants_.tangent_backward[s].any()) continue;
    if (constants_.between[s] && constants_.kind[s] == tangent_kind::smooth) activation_tangent_of(s, true);
    else tangent_backward(s, gradients);
  }
}

/// y' = W x'; and to the gradient of W what the gradient of y, times x', contributes.
template <class T>
void tangent_engine<T>::linear_tangent(int s, T* gradients) {
  const step& x = net_.steps[s];
  const bool passes_on = constants_.tangent[index(x.out)].used();
  context<T> c = arguments(s);
  for (int i = 0; i < x.n_in; ++i) {
    if (net_.backward[s].input(i)) c.in[index(i)] = tangent(x.in[i]);
    else if (x.taken.kind[i] == element::real) c.in[index(i)] = zeros_.data();
  }
  for (int i = 0; i < x.n_parameters; ++i)
    if (parameter(x, i).member_of == parameter_group::bias) c.parameters[index(i)] = zeros_.data();
  c.moving_state = {};
  c.out = passes_on ? tangent(x.out) : nullptr;
  if (x.saved) c.saved = place(constants_.tangent_saved);
  c.saved_per_batch = base::per_batch_.data() + constants_.tangent_fixed;
  c.scratch = backward_scratch(s);
  if (passes_on) run(s, net_.kernels[s].forward, net_.kernels[s].forward_by_rows, c);
  if (!constants_.weighs[s]) return;
  c.out_gradient = copy_of_gradient(x);
  add_parameters(c, x, gradients);
  for (int i = 0; i < x.n_parameters; ++i)
    if (parameter(x, i).member_of == parameter_group::bias) c.parameter_gradient[index(i)] = ignored_.data();
  run(s, constants_.weights_kernels[s].backward, constants_.weights_kernels[s].backward_by_rows, c);
}

/// y' is x' where x was chosen.
template <class T>
void tangent_engine<T>::selected_tangent(int s) {
  const step& x = net_.steps[s];
  if (!constants_.tangent[index(x.out)].used()) return;
  context<T> c = arguments(s);
  for (int i = 0; i < x.n_in; ++i)
    if (net_.backward[s].input(i)) c.in[index(i)] = tangent(x.in[i]);
  c.out = tangent(x.out);
  run(s, constants_.selections[s], net_.kernels[s].forward_by_rows, c);
}

template <class T>
void tangent_engine<T>::activation_tangent_of(int s, bool backward) {
  const step& x = net_.steps[s];
  const int in = x.in[0], at = x.reads.y_for_dx ? x.out : in;
  tangent_stretch<T> all{.at = base::value(at)};
  if (backward) {
    all.along = tangent(at);
    all.gradient = base::gradient(x.out);
    all.gradient_tangent = gradient_tangent(x.out);
    all.to = gradient_tangent(in);
    all.add = constants_.tangent_backward[s].adds(0);
  } else {
    if (!constants_.tangent[index(x.out)].used()) return;
    all.along = tangent(in);
    all.to = tangent(x.out);
  }
  const auto kernel = backward ? constants_.activations[s].backward : constants_.activations[s].forward;
  constexpr long worth_sharing = 4096;
  team_->divide(rows_ * x.out_shape.size(), worth_sharing,
                [&](long first, long count) { kernel(all.from(first), count); });
}

/// The ordinary backward pass, from the tangent of the gradient.
template <class T>
void tangent_engine<T>::tangent_backward(int s, T* gradients) {
  const step& x = net_.steps[s];
  context<T> c = arguments(s);
  c.moving_state = {};
  c.scratch = backward_scratch(s);
  c.out_gradient = gradient_tangent(x.out);
  for (int i = 0; i < x.n_in; ++i) c.in_gradient[index(i)] = gradient_tangent(x.in[i]);
  add_parameters(c, x, gradients);
  run(s, constants_.tangent_kernels[s].backward, constants_.tangent_kernels[s].backward_by_rows, c);
}

template <class T>
T* tangent_engine<T>::copy_of_gradient(const step& x) {
  constexpr long worth_sharing = 32768;
  const T* from = base::gradient(x.out);
  T* to = place(constants_.copy);
  team_->divide(rows_ * x.out_shape.size(), worth_sharing,
                [&](long first, long count) { std::copy_n(from + first, count, to + first); });
  return to;
}

template <class T>
void tangent_engine<T>::add_parameters(context<T>& c, const step& x, T* gradients) const {
  c.accumulate = true;
  for (int i = 0; i < x.n_parameters; ++i)
    c.parameter_gradient[index(i)] = gradients + net_.parameters[index(x.first_parameter + i)].offset;
}

template <class Net, int Step>
struct unmerged_layer {
  static constexpr const step& s = planning::compiled<Net>.steps[Step];
  static auto choose() {
    if constexpr (s.reorder != reordering::none) return std::type_identity<reordered<s.reorder>>();
    else return std::type_identity<typename type_at<typename Net::tree, s.word>::type>();
  }
  using type = typename decltype(choose())::type;
};

/// The tables behind tangent_constants. The program is that before merging: what lies between a layer and the
/// activation behind it is wanted too.
template <class Net, class T>
struct tangent_tables {
  static constexpr auto program = [] {
    auto p = planning::compiled<Net>;
    place_tensors(p, [](const tensor_declaration& t) { return storage::elements<T>(t); });
    return p;
  }();
  static constexpr const auto& plan = tangent_plan_of<Net>;

  template <int Step, wants Want>
  static constexpr entry<T> kernel() {
    return kernel_of<T, typename unmerged_layer<Net, Step>::type, spelled_out(program.steps[Step].taken), Want>;
  }
  template <int Step>
  static constexpr entry<T> weights_kernel() {
    if constexpr (plan.weighs[Step]) return kernel<Step, wants{0, 0, true}>();
    else return {};
  }
  template <int Step>
  static constexpr entry<T> tangent_kernel() {
    constexpr wants want = spelled_out(plan.tangent_backward[Step]);
    if constexpr (want.any() && !(plan.between[Step] && plan.kind[Step] == tangent_kind::smooth))
      return kernel<Step, want>();
    else return {};
  }
  template <int Step>
  static constexpr activation_entry<T> activation() {
    using layer = typename unmerged_layer<Net, Step>::type;
    if constexpr (!plan.between[Step] || plan.kind[Step] == tangent_kind::linear ||
                  plan.kind[Step] == tangent_kind::selecting)
      return {};
    else if constexpr (plan.kind[Step] == tangent_kind::piecewise_linear)
      return {&activation_tangent<layer>::template forward<T>, nullptr};
    else return {&activation_tangent<layer>::template forward<T>, &activation_tangent<layer>::template backward<T>};
  }
  template <int Step>
  static constexpr execution::kernel<T> selection() {
    using layer = typename unmerged_layer<Net, Step>::type;
    if constexpr (plan.between[Step] && plan.kind[Step] == tangent_kind::selecting)
      return &compute<layer>::template select<T, spelled_out(program.steps[Step].taken)>;
    else return nullptr;
  }
  template <class Entry, class Make>
  static constexpr auto table(Make make) {
    return [&]<int... I>(std::integer_sequence<int, I...>) {
      return std::array<Entry, sizeof...(I)>{make.template operator()<I>()...};
    }(planning::step_numbers<Net>());
  }
  static constexpr auto kernels =
      table<entry<T>>([]<int I>() { return kernel<I, spelled_out(plan.backward[I])>(); });
  static constexpr auto weights_kernels = table<entry<T>>([]<int I>() { return weights_kernel<I>(); });
  static constexpr auto tangent_kernels = table<entry<T>>([]<int I>() { return tangent_kernel<I>(); });
  static constexpr auto activations = table<activation_entry<T>>([]<int I>() { return activation<I>(); });
  static constexpr auto selections = table<execution::kernel<T>>([]<int I>() { return selection<I>(); });

  static constexpr tangent_constants<T> constants() {
    tangent_constants<T> c;
    c.net.n_steps = program.n_steps;
    c.net.steps = program.steps.data();
    c.net.parameters = program.parameters.data();
    c.net.state = program.state.data();
    c.net.in = &program.in;
    c.net.out = &program.out;
    c.net.value = plan.value;
    c.net.gradient = plan.gradient;
    c.net.saved = plan.saved;
    c.net.forward_scratch = plan.forward_scratch.data();
    c.net.backward_scratch = plan.backward_scratch.data();
    c.net.has_gradient = plan.has_gradient.data();
    c.net.backward = plan.backward.data();
    c.net.fixed = plan.fixed.data();
    c.net.per_example = plan.per_example;
    c.net.per_batch = plan.per_batch;
    c.net.kernels = kernels.data();
    for (const auto* all : {&kernels, &weights_kernels, &tangent_kernels})
      for (const entry<T>& e : *all) {
        c.net.workspace.per_example = std::max(c.net.workspace.per_example, e.workspace.per_example);
        c.net.workspace.per_batch = std::max(c.net.workspace.per_batch, e.workspace.per_batch);
      }
    c.kind = plan.kind.data();
    c.between = plan.between.data();
    c.weighs = plan.weighs.data();
    c.tangent_backward = plan.tangent_backward.data();
    c.tangent = plan.tangent;
    c.gradient_tangent = plan.gradient_tangent;
    c.copy = plan.copy;
    c.tangent_saved = plan.tangent_saved;
    c.tangent_fixed = plan.tangent_fixed;
    c.zeros = plan.zeros;
    c.score = planning::score_of(program.out);
    c.activations = activations.data();
    c.selections = selections.data();
    c.weights_kernels = weights_kernels.data();
    c.tangent_kernels = tangent_kernels.data();
    return c;
  }
};

}  // namespace execution

/// Runs a critic for penalties on the gradient of its score at the input: gives that gradient, and adds the gradient
/// of a penalty on it to those of the parameters - exactly, without a second-order tape. sum_n <v_n, g_n> with g the
/// input gradient is the derivative along v of the sum of scores, so its gradient is the derivative along v of the
/// ordinary gradient: dual numbers, carried forward and backward through the net (Pearlmutter 1994, Fast exact
/// multiplication by the Hessian). In a net of linear and piecewise linear layers one forward pass without biases and
/// one weight gradient remain.
///
/// Every layer between source 0 and the score must be linear in its input, an activation or a selection, else the net
/// does not compile; see `tangent_verdict`. The score is the mean over the only output, or over the one named `score`. Nothing
/// is allocated after construction; a session is used from one thread at a time, and gives the same bits for any
/// number of threads in its team. PyTorch: autograd.grad(D(x).mean(1).sum(), x, create_graph=True), then backward.
template <is_net Net, class T = float>
class tangent_session : public execution::tangent_engine<T> {
 public:
  using net_type = typename Net::net_type;
  using scalar = T;
  static constexpr verdict status = tangent_verdict<Net>();

  /// Room for `capacity` examples per call. Throws usage_error if that is not positive. The team must outlive it.
  explicit tangent_session(long capacity, tensor::team& team = tensor::alone())
      : execution::tangent_engine<T>(execution::tangent_tables<net_type, T>::constants(), capacity, team) {}

 private:
  using check_ = diagnosis::check<status>;
};

}  // namespace genet

#ifdef GENET_COMPILED_KERNELS
#include "../compiled/tangent.hpp"
#endif
