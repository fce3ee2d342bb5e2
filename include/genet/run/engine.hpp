#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../declare/error.hpp"
#include "../declare/net.hpp"
#include "../kernels/context.hpp"
#include "../tensor/memory.hpp"
#include "../tensor/team.hpp"
#include "recurrent_state.hpp"
#include "storage.hpp"

namespace genet::inline GENET_ISA {

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

/// What the compiler derived from a net, without the net's type: its program, its plan and its kernels.
template <class T>
struct net_constants {
  int n_steps = 0;
  const step* steps = nullptr;
  const tensor_slot* parameters = nullptr;
  const tensor_slot* state = nullptr;
  const bundle* in = nullptr;
  const bundle* out = nullptr;
  const full_name* parameter_names = nullptr;
  std::string_view (*label)(int step) = nullptr;
  std::span<const int> drawing_steps{};
  std::span<const long> carried{};  // sizes

  // memory_plan
  std::span<const memory_block> value{}, gradient{}, saved{};
  const memory_block* forward_scratch = nullptr;
  const memory_block* backward_scratch = nullptr;
  const bool* has_gradient = nullptr;
  const wants* backward = nullptr;
  const long* fixed = nullptr;
  long per_example = 0, per_batch = 0;

  const entry<T>* kernels = nullptr;
  element_count workspace{};
};

/// What sessions of all nets have in common. It is compiled once for each scalar, not once for each net.
template <class T>
class engine {
 public:
  /// Room for `capacity` examples per call. Throws usage_error if that is not positive. The team must outlive it.
  engine(const net_constants<T>& net, long capacity, tensor::team& team);

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
               rng::key noise = {});
  /// The usual case: one source of reals.
  void forward(weights<T> w, const T* source, long rows, mode how = mode::evaluation, rng::key noise = {}) {
    const void* one[] = {source};
    forward(w, std::span<const void* const>(one), rows, how, noise);
  }

  /// Zeros: what the net has seen of `rows` sequences before their first position.
  recurrent_state<T> initial_state(long rows) const { return {net_.carried, rows}; }

  /// An output of the last forward pass, (rows, size). Valid until the next pass.
  std::span<const T> output(int i = 0) const { return {value((*net_.out)[i].buffer), count((*net_.out)[i].s)}; }
  std::span<const T> output(std::string_view name) const { return output(output_index(name)); }

  /// Gives the k-th drawing step (reparameterize: standard normals; dropout: 0 or 1/(1-p)) its noise, (rows, size),
  /// for all passes to come; null draws again. The numbers stay the caller's.
  void inject_noise(int k, const T* numbers);

  /// Fills the working memory with a value; a test that sees it in a result has found a read of dead memory.
  void poison(T with);
  /// Overwrites, between the passes, what backward has no right to read: memory that holds no live value, and outputs
  /// that no layer said it reads. A test that sees it in a gradient has found a wrong `needs`.
  void forget(T with);
  /// Whether backward reads the values of a buffer, by what the layers declare; buffers begin with the sources.
  bool backward_reads(int buffer) const;

  /// Runs the net again and says where the first value that is not finite appears, e.g. "layer 3 (dense<784>):
  /// output"; empty if all are finite.
  std::string first_bad_layer(weights<T> w, std::span<const void* const> sources, long rows, mode how,
                              rng::key noise);

 protected:
  std::span<T> output_gradient_at(int i) { return {gradient((*net_.out)[i].buffer), count((*net_.out)[i].s)}; }
  std::span<const T> input_gradient_at(int i) const { return {gradient(i), count((*net_.in)[i].s)}; }
  int output_index(std::string_view name) const;
  void run_step(weights<T> w, std::span<const void* const> sources, const recurrent_state<T>& before,
                recurrent_state<T>& after, mode how, rng::key noise);
  void run_backward(weights<T> w, T* gradients, bool accumulate, const parameter_update<T>* update);

  static constexpr std::size_t index(int i) { return static_cast<std::size_t>(i); }
  std::size_t count(shape s) const { return static_cast<std::size_t>(rows_ * s.size()); }

  T* value(int b) const {
    if (b < net_.in->n) return static_cast<T*>(const_cast<void*>(sources_[index(b)]));  // only ever read
    return const_cast<T*>(per_example_.data()) + net_.value[index(b)].offset * capacity_;
  }
  T* gradient(int b) const {
    if (!net_.has_gradient[b]) return nullptr;
    return const_cast<T*>(per_example_.data()) + net_.gradient[index(b)].offset * capacity_;
  }
  T* saved(int s) { return per_example_.data() + net_.saved[index(s)].offset * capacity_; }

  std::string label(int s) const;
  void begin(weights<T> w, std::span<const void* const> sources, long rows, mode how, rng::key noise);
  context<T> arguments(int s);
  /// Calls a kernel: at once, or for stretches of rows, one a thread. Their lengths are multiples of 16, so that each
  /// begins with a whole vector whatever the size of an example.
  void run(int s, kernel<T> kernel, bool by_rows, const context<T>& c);

  net_constants<T> net_;
  tensor::team* team_;
  long capacity_;
  tensor::block<T> per_example_, per_batch_, workspace_;
  std::array<const void*, max_edges> sources_{};
  std::vector<const T*> injected_;  // for each step
  weights<T> weights_{};
  long rows_ = 0;
  mode how_ = mode::evaluation;
  rng::key noise_{};
};

template <class T>
engine<T>::engine(const net_constants<T>& net, long capacity, tensor::team& team)
    : net_(net), team_(&team), capacity_(capacity), injected_(index(net.n_steps)) {
  if (capacity <= 0) errors::raise<usage_error>({"session: the capacity must be positive, got ", capacity});
  per_example_ = tensor::block<T>(net.per_example * capacity);
  per_batch_ = tensor::block<T>(net.per_batch);
  workspace_ = tensor::block<T>(net.workspace.at(capacity));
}

template <class T>
void engine<T>::forward(weights<T> w, std::span<const void* const> sources, long rows, mode how, rng::key noise) {
  begin(w, sources, rows, how, noise);
  for (int s = 0; s < net_.n_steps; ++s) run(s, net_.kernels[s].forward, net_.kernels[s].forward_by_rows, arguments(s));
}

template <class T>
void engine<T>::run_step(weights<T> w, std::span<const void* const> sources, const recurrent_state<T>& before,
                         recurrent_state<T>& after, mode how, rng::key noise) {
  if (!std::ranges::equal(before.sizes(), net_.carried))
    throw usage_error("session: the state is that of a net with other recurrent layers");
  begin(w, sources, before.rows(), how, noise);
  if (&before != &after) after = before;
  for (int s = 0; s < net_.n_steps; ++s) {
    context<T> c = arguments(s);
    if (const step& x = net_.steps[s]; x.carried) {
      c.carried_in = before.numbers().data() + x.carried_at * rows_;
      c.carried_out = after.numbers().data() + x.carried_at * rows_;
    }
    run(s, net_.kernels[s].forward, net_.kernels[s].forward_by_rows, c);
  }
}

template <class T>
void engine<T>::inject_noise(int k, const T* numbers) {
  if (k < 0 || index(k) >= net_.drawing_steps.size())
    throw usage_error("session: the net draws noise in fewer places");
  injected_[index(net_.drawing_steps[index(k)])] = numbers;
}

template <class T>
void engine<T>::poison(T with) {
  for (T& x : per_example_.span()) x = with;
  for (T& x : per_batch_.span()) x = with;
  for (T& x : workspace_.span()) x = with;
}

template <class T>
[[gnu::cold]] int engine<T>::output_index(std::string_view name) const {
  const int i = net_.out->find(name);
  if (i < 0) errors::raise<usage_error>({"session: the net has no output named ", name});
  return i;
}

template <class T>
void engine<T>::forget(T with) {
  std::vector<bool> live(static_cast<std::size_t>(per_example_.size()));
  auto keep = [&](const memory_block& b) {
    if (b.first <= net_.n_steps && b.last >= net_.n_steps)
      std::fill_n(live.begin() + b.offset * capacity_, b.size * capacity_, true);
  };
  for (const memory_block& b : net_.value) keep(b);
  for (const memory_block& b : net_.gradient) keep(b);
  for (const memory_block& b : net_.saved) keep(b);
  for (std::size_t i = 0; i < live.size(); ++i)
    if (!live[i]) per_example_[static_cast<long>(i)] = with;
  for (int i = 0; i < net_.out->n; ++i)
    if (const int b = (*net_.out)[i].buffer; b >= net_.in->n && !backward_reads(b))
      std::fill_n(value(b), count((*net_.out)[i].s), with);
}

template <class T>
bool engine<T>::backward_reads(int buffer) const {
  for (int s = 0; s < net_.n_steps; ++s) {
    const step& x = net_.steps[s];
    const wants& w = net_.backward[s];
    const bool inputs = (w.write | w.add) != 0;
    const bool reads_x = (x.reads.x_for_dx && inputs) || (x.reads.x_for_dp && w.parameters);
    const bool reads_y = (x.reads.y_for_dx && inputs) || (x.reads.y_for_dp && w.parameters);
    if (reads_y && x.out == buffer) return true;
    for (int i = 0; i < x.n_in; ++i)
      if (reads_x && x.in[i] == buffer) return true;
  }
  return false;
}

template <class T>
[[gnu::cold]] std::string engine<T>::first_bad_layer(weights<T> w, std::span<const void* const> sources, long rows, mode how,
                                          rng::key noise) {
  auto bad = [](const T* x, long n) {
    for (long i = 0; i < n; ++i)
      if (!std::isfinite(x[i])) return true;
    return false;
  };
  begin(w, sources, rows, how, noise);
  for (int i = 0; i < net_.in->n; ++i)
    if ((*net_.in)[i].kind == element::real &&
        bad(static_cast<const T*>(sources[index(i)]), rows * (*net_.in)[i].s.size()))
      return "input";
  for (int s = 0; s < net_.n_steps; ++s) {
    const step& x = net_.steps[s];
    for (int k = 0; k < x.n_parameters; ++k) {
      const auto p = index(x.first_parameter + k);
      if (bad(w.parameters + net_.parameters[p].offset, storage::elements<T>(net_.parameters[p].declared)))
        return label(s) + ": parameter " + std::string(net_.parameter_names[p].view());
    }
    net_.kernels[s].forward(arguments(s));
    if (x.out_kind == element::real && bad(value(x.out), rows * x.out_shape.size())) return label(s) + ": output";
  }
  return {};
}

template <class T>
[[gnu::cold]] std::string engine<T>::label(int s) const {
  const step& x = net_.steps[s];
  std::string where = x.n_parameters ? std::string(net_.parameter_names[index(x.first_parameter)].view()) : "";
  where = where.substr(0, where.rfind('.'));
  return errors::join({"step ", s + 1, " of ", net_.n_steps, ", ", net_.label(s),
                       where.empty() ? "" : " (", where, where.empty() ? "" : ")"});
}

template <class T>
void engine<T>::begin(weights<T> w, std::span<const void* const> sources, long rows, mode how, rng::key noise) {
  if (rows < 0 || rows > capacity_)
    throw usage_error("session: got " + std::to_string(rows) + " examples, has room for " +
                      std::to_string(capacity_));
  if (static_cast<int>(sources.size()) != net_.in->n)
    throw usage_error("session: the net has " + std::to_string(net_.in->n) + " sources, got " +
                      std::to_string(sources.size()));
  for (int i = 0; i < net_.in->n; ++i) sources_[index(i)] = sources[index(i)];
  weights_ = w;
  rows_ = rows;
  how_ = how;
  noise_ = noise;
}

template <class T>
context<T> engine<T>::arguments(int s) {
  const step& x = net_.steps[s];
  context<T> c;
  c.rows = rows_;
  c.team = team_;
  c.how = how_;
  for (int i = 0; i < x.n_in; ++i) c.in[index(i)] = value(x.in[i]);
  c.out = value(x.out);
  for (int i = 0; i < x.n_parameters; ++i)
    c.parameters[index(i)] = weights_.parameters + net_.parameters[index(x.first_parameter + i)].offset;
  for (int i = 0; i < x.n_state; ++i) {
    const long at = net_.state[index(x.first_state + i)].offset;
    c.state[index(i)] = weights_.state + at;
    if (how_ == mode::training && weights_.moving_state) c.moving_state[index(i)] = weights_.moving_state + at;
  }
  c.saved = x.saved ? saved(s) : nullptr;
  c.saved_per_batch = per_batch_.data() + net_.fixed[s];
  c.scratch = x.scratch ? per_example_.data() + net_.forward_scratch[s].offset * capacity_ : nullptr;
  c.workspace = workspace_.data();
  c.injected = injected_[index(s)];
  c.noise = noise_;
  constexpr int unannounced = 1 << 15;  // a layer that draws without saying so is alone with its numbers, too
  c.noise.stream += static_cast<std::uint32_t>(x.noise >= 0 ? x.noise : unannounced + s);
  return c;
}

template <class T>
void engine<T>::run(int s, kernel<T> kernel, bool by_rows, const context<T>& c) {
  if (!by_rows || team_->size() == 1) return kernel(c);
  const step& x = net_.steps[s];
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
    move(part.carried_in, x.carried);
    move(part.carried_out, x.carried);
    move(part.injected, x.out_shape.size());
    kernel(part);
  });
}

template <class T>
void engine<T>::run_backward(weights<T> w, T* gradients, bool accumulate, const parameter_update<T>* update) {
  weights_ = w;
  for (int s = net_.n_steps - 1; s >= 0; --s) {
    const auto& e = net_.kernels[s];
    if (!e.backward) continue;
    const step& x = net_.steps[s];
    context<T> c = arguments(s);
    if (x.scratch) c.scratch = per_example_.data() + net_.backward_scratch[s].offset * capacity_;
    c.accumulate = accumulate;
    c.out_gradient = gradient(x.out);
    for (int i = 0; i < x.n_in; ++i) c.in_gradient[index(i)] = gradient(x.in[i]);
    if (gradients)
      for (int i = 0; i < x.n_parameters; ++i)
        c.parameter_gradient[index(i)] = gradients + net_.parameters[index(x.first_parameter + i)].offset;
    c.update = update;
    for (int i = 0; i < x.n_parameters; ++i)
      c.parameter_place[index(i)] = net_.parameters[index(x.first_parameter + i)].offset;
    run(s, e.backward, e.backward_by_rows, c);
    if (!update) continue;
    for (int i = 0; i < x.n_parameters; ++i)
      if (!(e.updates >> i & 1U)) {
        const tensor_slot& t = net_.parameters[index(x.first_parameter + i)];
        (*update)(t.offset, gradients + t.offset, storage::elements<T>(t.declared));
      }
  }
}

}  // namespace execution

}  // namespace genet

#ifdef GENET_COMPILED_KERNELS
#include "../compiled/engine.hpp"
#endif
