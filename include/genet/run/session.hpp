#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../declare/error.hpp"
#include "../declare/net.hpp"
#include "../declare/step_labels.hpp"
#include "../kernels/context.hpp"
#include "../tensor/memory.hpp"
#include "../tensor/team.hpp"
#include "storage.hpp"

namespace genet::inline GENET_ISA {

/// A net whose parameters stay as they are while gradients flow through it to its inputs: the discriminator in a
/// generator's step. It has no parameter gradients, and stepping it does not compile. Batch-norm statistics do not
/// move.
template <is_net Net>
struct frozen {
  using net_type = typename Net::net_type;
};

/// The parameters and state that a session reads. `moving_state` is null where nothing may be written.
template <class T>
struct weights {
  const T* parameters = nullptr;
  const T* state = nullptr;
  T* moving_state = nullptr;
};

namespace execution {

template <class T>
using kernel = void (*)(const context<T>&);

template <class T>
struct entry {
  kernel<T> forward = nullptr;
  kernel<T> backward = nullptr;  // null: no gradient wanted, and nothing instantiated
  element_count workspace{};
  bool forward_by_rows = false, backward_by_rows = false;
  unsigned updates = 0;  // parameters whose gradients it hands to context::update itself
};

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
  template <int Word, int Epilogue>
  struct choose {
    using type = merged_layer<at<Word>, at<Epilogue>>;
  };
  template <int Word>
  struct choose<Word, -1> {
    using type = at<Word>;
  };
  using type = typename choose<s.word, s.epilogue>::type;
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
class session {
 public:
  using net_type = typename Net::net_type;
  using scalar = T;
  static constexpr capability can = C;
  static constexpr int n_outputs = net_type::outputs.n;

  /// Room for `capacity` examples per call. Throws usage_error if that is not positive. The team must outlive it.
  explicit session(long capacity, tensor::team& team = tensor::alone())
      : team_(&team),
        capacity_(capacity > 0
                      ? capacity
                      : throw usage_error("session: the capacity must be positive, got " + std::to_string(capacity))),
        per_example_(plan.per_example * capacity),
        per_batch_(plan.per_batch),
        workspace_(execution::workspace<net_type, T, C>.at(capacity)) {}

  long capacity() const { return capacity_; }
  tensor::team& team() const { return *team_; }
  long rows() const { return rows_; }
  /// Bytes of working memory.
  long bytes() const {
    return static_cast<long>(sizeof(T)) * (per_example_.size() + per_batch_.size() + workspace_.size());
  }

  /// Computes the outputs of `rows` examples. `sources` holds one dense row-major array per source of the net (reals,
  /// or 32-bit integers for tokens, masks and labels); they must stay until the backward pass is done. The noise of
  /// the pass is a function of `noise` alone.
  void forward(weights<T> w, std::span<const void* const> sources, long rows, mode how = mode::evaluation,
               rng::key noise = {}) {
    begin(w, sources, rows, how, noise);
    for (int s = 0; s < program.n_steps; ++s)
      run(s, table[index(s)].forward, table[index(s)].forward_by_rows, arguments(s));
  }
  /// The usual case: one source of reals.
  void forward(weights<T> w, const T* source, long rows, mode how = mode::evaluation, rng::key noise = {}) {
    const void* one[] = {source};
    forward(w, std::span<const void* const>(one), rows, how, noise);
  }

  /// An output of the last forward pass, (rows, size). Valid until the next pass.
  std::span<const T> output(int i = 0) const { return {value(output_buffer(i)), count(net_type::outputs[i].s)}; }
  std::span<const T> output(std::string_view name) const { return output(output_index(name)); }
  /// Where the caller writes the gradient of its loss, (rows, size), before `backward`.
  std::span<T> output_gradient(int i = 0) requires(C != capability::forward) {
    return {gradient(output_buffer(i)), count(net_type::outputs[i].s)};
  }
  std::span<T> output_gradient(std::string_view name) requires(C != capability::forward) {
    return output_gradient(output_index(name));
  }

  /// Gradients of the parameters into `gradients`, laid out as the parameter block. With `accumulate` they are added.
  void backward(weights<T> w, T* gradients, bool accumulate = false) {
    constexpr bool trainable = wants_parameters(C);
    static_assert(
        trainable,
        "this session cannot be stepped: its net is frozen<...> or was asked for less, so it has no parameter "
        "gradients; use session<Net, T, capability::gradient>");
    static_assert(!trainable || execution::unreached<net_type, C> == 0,
                  "a layer with parameters gets no gradient: its output is not used; take it out of the net");
    if constexpr (trainable) run_backward(w, gradients, accumulate, nullptr);
  }
  /// The same with the optimiser's step in it: `update` is called for every stretch of parameters once its gradient
  /// is complete and the parameters are read no more. The gradients of most weights then never reach the memory;
  /// `gradients` is left with no meaning. Equal to a step after `backward`, bit for bit, where each parameter gets
  /// one contribution.
  void backward(weights<T> w, T* gradients, const parameter_update<T>& update) requires(wants_parameters(C)) {
    run_backward(w, gradients, false, &update);
  }
  /// Gradients of the inputs only.
  void backward(weights<T> w) requires(C == capability::input_gradient) { run_backward(w, nullptr, false, nullptr); }
  /// The gradient of a source after `backward`, (rows, size).
  std::span<const T> input_gradient(int i = 0) const requires(wants_inputs(C)) {
    return {gradient(i), count(net_type::source[i].s)};
  }

  /// Gives the k-th drawing step (reparameterize: standard normals; dropout: 0 or 1/(1-p)) its noise, (rows, size),
  /// for all passes to come; null draws again. The numbers stay the caller's.
  void inject_noise(int k, const T* numbers) { injected_[index(drawing_step(k))] = numbers; }

  /// Fills the working memory with a value; a test that sees it in a result has found a read of dead memory.
  void poison(T with) {
    for (T& x : per_example_.span()) x = with;
    for (T& x : per_batch_.span()) x = with;
    for (T& x : workspace_.span()) x = with;
  }

  /// Overwrites, between the passes, what backward has no right to read: memory that holds no live value, and outputs
  /// that no layer said it reads. A test that sees it in a gradient has found a wrong `needs`.
  void forget(T with) {
    std::vector<bool> live(static_cast<std::size_t>(per_example_.size()));
    auto keep = [&](const memory_block& b) {
      if (b.first <= program.n_steps && b.last >= program.n_steps)
        std::fill_n(live.begin() + b.offset * capacity_, b.size * capacity_, true);
    };
    for (const memory_block& b : plan.value) keep(b);
    for (const memory_block& b : plan.gradient) keep(b);
    for (const memory_block& b : plan.saved) keep(b);
    for (std::size_t i = 0; i < live.size(); ++i)
      if (!live[i]) per_example_[static_cast<long>(i)] = with;
    for (int i = 0; i < n_outputs; ++i)
      if (const int b = output_buffer(i); b >= program.in.n && !backward_reads(b))
        std::fill_n(value(b), count(net_type::outputs[i].s), with);
  }
  /// Whether backward reads the values of a buffer, by what the layers declare; buffers begin with the sources.
  static constexpr bool backward_reads(int buffer) {
    for (int s = 0; s < program.n_steps; ++s) {
      const step& x = program.steps[index(s)];
      const wants& w = plan.backward[index(s)];
      const bool inputs = (w.write | w.add) != 0;
      const bool reads_x = (x.reads.x_for_dx && inputs) || (x.reads.x_for_dp && w.parameters);
      const bool reads_y = (x.reads.y_for_dx && inputs) || (x.reads.y_for_dp && w.parameters);
      if (reads_y && x.out == buffer) return true;
      for (int i = 0; i < x.n_in; ++i)
        if (reads_x && x.in[i] == buffer) return true;
    }
    return false;
  }

  /// Runs the net again and says where the first value that is not finite appears, e.g. "layer 3 (dense<784>):
  /// output"; empty if all are finite.
  [[gnu::cold]] std::string first_bad_layer(weights<T> w, std::span<const void* const> sources, long rows, mode how,
                                            rng::key noise) {
    auto bad = [](const T* x, long n) {
      for (long i = 0; i < n; ++i)
        if (!std::isfinite(x[i])) return true;
      return false;
    };
    begin(w, sources, rows, how, noise);
    for (int i = 0; i < program.in.n; ++i)
      if (program.in[i].kind == element::real &&
          bad(static_cast<const T*>(sources[index(i)]), rows * program.in[i].s.size()))
        return "input";
    for (int s = 0; s < program.n_steps; ++s) {
      const step& x = program.steps[index(s)];
      for (int k = 0; k < x.n_parameters; ++k) {
        const auto p = index(x.first_parameter + k);
        if (bad(w.parameters + program.parameters[p].offset, storage::elements<T>(program.parameters[p].declared)))
          return label(s) + ": parameter " + std::string(parameter_names<net_type>[p].view());
      }
      table[index(s)].forward(arguments(s));
      if (x.out_kind == element::real && bad(value(x.out), rows * x.out_shape.size())) return label(s) + ": output";
    }
    return {};
  }

 private:
  static constexpr const auto& program = storage::program<net_type, T>;
  static constexpr const auto& plan = plan_of<net_type, C>;
  static constexpr const auto& table = execution::table<net_type, T, C>;

  static constexpr std::size_t index(int i) { return static_cast<std::size_t>(i); }
  static constexpr int output_buffer(int i) { return program.out[i].buffer; }
  static int output_index(std::string_view name) {
    const int i = net_type::outputs.find(name);
    if (i < 0) throw usage_error("session: the net has no output named " + std::string(name));
    return i;
  }
  std::size_t count(shape s) const { return static_cast<std::size_t>(rows_ * s.size()); }

  T* value(int b) const {
    if (b < program.in.n) return static_cast<T*>(const_cast<void*>(sources_[index(b)]));  // only ever read
    return const_cast<T*>(per_example_.data()) + plan.value[index(b)].offset * capacity_;
  }
  T* gradient(int b) const {
    if (!plan.has_gradient[index(b)]) return nullptr;
    return const_cast<T*>(per_example_.data()) + plan.gradient[index(b)].offset * capacity_;
  }
  T* saved(int s) { return per_example_.data() + plan.saved[index(s)].offset * capacity_; }

  static int drawing_step(int k) {
    constexpr const auto& drawing = drawing_steps<net_type>;
    if (k < 0 || k >= static_cast<int>(drawing.size()))
      throw usage_error("session: the net draws noise in fewer places");
    return drawing[index(k)];
  }
  [[gnu::cold]] static std::string label(int s) {
    const step& x = program.steps[index(s)];
    std::string where = x.n_parameters ? std::string(parameter_names<net_type>[index(x.first_parameter)].view()) : "";
    where = where.substr(0, where.rfind('.'));
    return errors::join({"step ", s + 1, " of ", program.n_steps, ", ", step_label<net_type>(s),
                         where.empty() ? "" : " (", where, where.empty() ? "" : ")"});
  }

  void begin(weights<T> w, std::span<const void* const> sources, long rows, mode how, rng::key noise) {
    if (rows < 0 || rows > capacity_)
      throw usage_error("session: got " + std::to_string(rows) + " examples, has room for " +
                        std::to_string(capacity_));
    if (static_cast<int>(sources.size()) != program.in.n)
      throw usage_error("session: the net has " + std::to_string(program.in.n) + " sources, got " +
                        std::to_string(sources.size()));
    for (int i = 0; i < program.in.n; ++i) sources_[index(i)] = sources[index(i)];
    weights_ = w;
    rows_ = rows;
    how_ = how;
    noise_ = noise;
  }

  context<T> arguments(int s) {
    const step& x = program.steps[index(s)];
    context<T> c;
    c.rows = rows_;
    c.team = team_;
    c.how = how_;
    for (int i = 0; i < x.n_in; ++i) c.in[index(i)] = value(x.in[i]);
    c.out = value(x.out);
    for (int i = 0; i < x.n_parameters; ++i)
      c.parameters[index(i)] = weights_.parameters + program.parameters[index(x.first_parameter + i)].offset;
    for (int i = 0; i < x.n_state; ++i) {
      const long at = program.state[index(x.first_state + i)].offset;
      c.state[index(i)] = weights_.state + at;
      if (how_ == mode::training && weights_.moving_state) c.moving_state[index(i)] = weights_.moving_state + at;
    }
    c.saved = x.saved ? saved(s) : nullptr;
    c.saved_per_batch = per_batch_.data() + plan.fixed[index(s)];
    c.scratch = x.scratch ? per_example_.data() + plan.forward_scratch[index(s)].offset * capacity_ : nullptr;
    c.workspace = workspace_.data();
    c.injected = injected_[index(s)];
    c.noise = noise_;
    c.noise.stream += static_cast<std::uint32_t>(s);
    return c;
  }

  /// Calls a kernel: at once, or for stretches of rows, one a thread. Their lengths are multiples of 16, so that each
  /// begins with a whole vector whatever the size of an example.
  void run(int s, execution::kernel<T> kernel, bool by_rows, const context<T>& c) {
    if (!by_rows || team_->size() == 1) return kernel(c);
    const step& x = program.steps[index(s)];
    team_->divide(rows_, 16, [&](long first, long count) {
      auto move = [first](auto*& p, long size) {
        if (p) p += first * size;
      };
      context<T> part = c;
      part.rows = count;
      part.first_row = first;
      part.team = &tensor::alone();
      for (int i = 0; i < x.n_in; ++i) {
        part.in[index(i)] = c.real(i) + first * x.taken[i].size();
        move(part.in_gradient[index(i)], x.taken[i].size());
      }
      part.out = c.result() + first * x.out_shape.size();
      move(part.out_gradient, x.out_shape.size());
      move(part.saved, x.saved);
      move(part.scratch, x.scratch);
      move(part.injected, x.out_shape.size());
      kernel(part);
    });
  }

  void run_backward(weights<T> w, T* gradients, bool accumulate, const parameter_update<T>* update) {
    weights_ = w;
    for (int s = program.n_steps - 1; s >= 0; --s) {
      const auto& e = table[index(s)];
      if (!e.backward) continue;
      const step& x = program.steps[index(s)];
      context<T> c = arguments(s);
      if (x.scratch) c.scratch = per_example_.data() + plan.backward_scratch[index(s)].offset * capacity_;
      c.accumulate = accumulate;
      c.out_gradient = gradient(x.out);
      for (int i = 0; i < x.n_in; ++i) c.in_gradient[index(i)] = gradient(x.in[i]);
      if (gradients)
        for (int i = 0; i < x.n_parameters; ++i)
          c.parameter_gradient[index(i)] = gradients + program.parameters[index(x.first_parameter + i)].offset;
      c.update = update;
      for (int i = 0; i < x.n_parameters; ++i)
        c.parameter_place[index(i)] = program.parameters[index(x.first_parameter + i)].offset;
      run(s, e.backward, e.backward_by_rows, c);
      if (!update) continue;
      for (int i = 0; i < x.n_parameters; ++i)
        if (!(e.updates >> i & 1U)) {
          const tensor_slot& t = program.parameters[index(x.first_parameter + i)];
          (*update)(t.offset, gradients + t.offset, storage::elements<T>(t.declared));
        }
    }
  }

  tensor::team* team_;
  long capacity_;
  tensor::block<T> per_example_, per_batch_, workspace_;
  std::array<const void*, max_edges> sources_{};
  std::array<const T*, static_cast<std::size_t>(program.n_steps + 1)> injected_{};
  weights<T> weights_{};
  long rows_ = 0;
  mode how_ = mode::evaluation;
  rng::key noise_{};
};

/// A session of a frozen net gives gradients of the inputs only.
template <is_net Net, class T>
class session<frozen<Net>, T, capability::gradient> : public session<Net, T, capability::input_gradient> {
  using session<Net, T, capability::input_gradient>::session;
};

}  // namespace genet::inline GENET_ISA
