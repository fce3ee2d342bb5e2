#pragma once
#include "program.hpp"

namespace genet::inline GENET_ISA {

/// What a session can do; it decides which memory exists and which kernels are compiled.
enum class capability : unsigned char {
  forward,         ///< values only
  input_gradient,  ///< gradients of the inputs through fixed parameters: a frozen net
  gradient,        ///< gradients of the parameters: what training needs
  full_gradient,   ///< of the parameters and of the inputs
};
constexpr bool wants_parameters(capability c) { return c == capability::gradient || c == capability::full_gradient; }
constexpr bool wants_inputs(capability c) {
  return c == capability::input_gradient || c == capability::full_gradient;
}

/// Elements of working memory: `per_example * batch + per_batch`.
struct element_count {
  long per_example = 0;
  long per_batch = 0;
  constexpr long at(long batch) const { return per_example * batch + per_batch; }
  constexpr bool operator==(const element_count&) const = default;
};

/// Which gradients a kernel has to produce. Bit i of `write` (`add`): the gradient of input i is written (added to).
/// The first contribution to a gradient writes and later ones add, so nothing is ever zeroed.
struct wants {
  unsigned write = 0;
  unsigned add = 0;
  bool parameters = false;
  constexpr bool any() const { return write != 0 || add != 0 || parameters; }
  constexpr bool input(int i) const { return ((write | add) >> i & 1U) != 0; }
  constexpr bool adds(int i) const { return (add >> i & 1U) != 0; }
  constexpr bool operator==(const wants&) const = default;
};

constexpr wants spelled_out(const wants& w) { return {w.write, w.add, w.parameters}; }

/// A stretch of the arena and the time in which it is in use. Forward of step s happens at time s, the loss at S,
/// backward of s at 2S - s.
struct memory_block {
  int first = 0;
  int last = -1;  // before first: never used
  long size = 0;  // elements per example
  long offset = -1;
  constexpr bool used() const { return last >= first; }
};

/// Working memory of a program for one capability. Per-example offsets are multiplied by the batch capacity at run
/// time.
template <int Steps, int Buffers>
struct memory_plan {
  std::array<memory_block, static_cast<std::size_t>(Buffers)> value{};
  std::array<memory_block, static_cast<std::size_t>(Buffers)> gradient{};
  std::array<memory_block, static_cast<std::size_t>(Steps)> saved{};
  std::array<memory_block, static_cast<std::size_t>(Steps)> forward_scratch{};
  std::array<memory_block, static_cast<std::size_t>(Steps)> backward_scratch{};
  std::array<bool, static_cast<std::size_t>(Buffers)> has_gradient{};
  std::array<wants, static_cast<std::size_t>(Steps)> backward{};
  std::array<long, static_cast<std::size_t>(Steps)> fixed{};  // offsets of what a step keeps once a batch
  long per_example = 0;                                       // elements
  long per_batch = 0;
};

namespace planning {

template <class Plan, class Program>
constexpr void find_lifetimes(Plan& m, const Program& p, capability c) {
  const int steps = p.n_steps;
  auto at = [](auto& array, int i) -> auto& { return array[static_cast<std::size_t>(i)]; };
  auto backward_of = [steps](int s) { return 2 * steps - s; };
  auto extend = [](memory_block& b, int t) { b.last = t > b.last ? t : b.last; };
  const bool parameters = wants_parameters(c);
  const bool any = c != capability::forward;

  for (std::size_t b = 0; b < p.buffers.size(); ++b) m.value[b].size = m.gradient[b].size = aligned(p.buffers[b]);
  if (wants_inputs(c))
    for (int i = 0; i < p.in.n; ++i) at(m.has_gradient, p.in[i].buffer) = p.in[i].kind == element::real;

  for (int s = 0; s < steps; ++s) {
    const step& x = at(p.steps, s);
    bool inputs = false;
    for (int i = 0; i < x.n_in; ++i) inputs = inputs || at(m.has_gradient, x.in[i]);
    const bool own = parameters && x.n_parameters > 0;
    const bool back = any && x.out_kind == element::real && (inputs || own);
    at(m.has_gradient, x.out) = back;

    at(m.value, x.out).first = s;
    extend(at(m.value, x.out), s);
    for (int i = 0; i < x.n_in; ++i) extend(at(m.value, x.in[i]), s);
    if (back) {
      if ((x.reads.x_for_dx && inputs) || (x.reads.x_for_dp && own))
        for (int i = 0; i < x.n_in; ++i) extend(at(m.value, x.in[i]), backward_of(s));
      if ((x.reads.y_for_dx && inputs) || (x.reads.y_for_dp && own)) extend(at(m.value, x.out), backward_of(s));
    }
    if (x.saved) at(m.saved, s) = {s, back ? backward_of(s) : s, aligned(x.saved)};
    if (x.scratch) {
      at(m.forward_scratch, s) = {s, s, aligned(x.scratch)};
      if (back) at(m.backward_scratch, s) = {backward_of(s), backward_of(s), aligned(x.scratch)};
    }
    at(m.fixed, s) = m.per_batch;
    m.per_batch += aligned(x.saved_per_batch);
  }
  // A result lives until the end: the caller reads it after the backward pass too.
  for (int i = 0; i < p.out.n; ++i) extend(at(m.value, p.out[i].buffer), any ? 2 * steps + 1 : steps);
  for (int i = 0; i < p.in.n; ++i) at(m.value, p.in[i].buffer).last = -1;  // sources are the caller's memory
  if (!any) return;

  for (std::size_t b = 0; b < p.buffers.size(); ++b) m.gradient[b].first = 2 * steps + 2;
  for (int i = 0; i < p.out.n; ++i)
    if (const int b = p.out[i].buffer; at(m.has_gradient, b))
      at(m.gradient, b).first = at(m.gradient, b).last = steps;
  for (int s = steps - 1; s >= 0; --s) {
    const step& x = at(p.steps, s);
    if (!at(m.has_gradient, x.out)) continue;
    wants& w = at(m.backward, s);
    memory_block& from = at(m.gradient, x.out);
    if (!from.used()) {  // nobody reads this output: no gradient flows
      at(m.has_gradient, x.out) = false;
      continue;
    }
    w.parameters = parameters && x.n_parameters > 0;
    extend(from, backward_of(s));
    for (int i = 0; i < x.n_in; ++i) {
      if (!at(m.has_gradient, x.in[i])) continue;
      memory_block& to = at(m.gradient, x.in[i]);
      if (to.used()) {
        w.add |= 1U << i;
      } else {
        w.write |= 1U << i;
        to.first = backward_of(s);
      }
      extend(to, backward_of(s));
    }
  }
  for (int i = 0; i < p.in.n; ++i)
    if (const int b = p.in[i].buffer; at(m.has_gradient, b) && at(m.gradient, b).used())
      extend(at(m.gradient, b), 2 * steps + 1);
}

struct hole {
  long offset, size;
};

/// Best fit in order of time over bucket lists, holes coalesced: linear for chains, whose training plan is a stack.
template <std::size_t Blocks, std::size_t Times>
constexpr long place_in_time(memory_block* const* blocks) {
  constexpr int none = -1;
  std::array<int, Times> begins{}, ends{};
  std::array<int, Blocks> next_begin{}, next_end{};
  std::array<hole, Blocks + 1> holes{};
  for (std::size_t t = 0; t < Times; ++t) begins[t] = ends[t] = none;
  for (std::size_t i = Blocks; i-- > 0;) {
    const memory_block& b = *blocks[i];
    if (!b.used()) continue;
    next_begin[i] = begins[static_cast<std::size_t>(b.first)];
    begins[static_cast<std::size_t>(b.first)] = static_cast<int>(i);
    next_end[i] = ends[static_cast<std::size_t>(b.last)];
    ends[static_cast<std::size_t>(b.last)] = static_cast<int>(i);
  }
  std::size_t n = 0;  // holes, sorted by offset, all below top
  long top = 0;
  auto remove = [&](std::size_t h) {
    for (std::size_t k = h + 1; k < n; ++k) holes[k - 1] = holes[k];
    --n;
  };
  for (std::size_t t = 0; t < Times; ++t) {
    for (int i = begins[t]; i != none; i = next_begin[static_cast<std::size_t>(i)]) {
      memory_block& b = *blocks[i];
      std::size_t best = n;
      for (std::size_t h = 0; h < n; ++h)
        if (holes[h].size >= b.size && (best == n || holes[h].size < holes[best].size)) best = h;
      if (best < n) {
        b.offset = holes[best].offset;
        holes[best].offset += b.size;
        holes[best].size -= b.size;
        if (holes[best].size == 0) remove(best);
      } else if (n && holes[n - 1].offset + holes[n - 1].size == top) {
        b.offset = holes[n - 1].offset;
        top = b.offset + b.size;
        --n;
      } else {
        b.offset = top;
        top += b.size;
      }
    }
    for (int i = ends[t]; i != none; i = next_end[static_cast<std::size_t>(i)]) {
      const memory_block& b = *blocks[i];
      std::size_t h = 0;
      while (h < n && holes[h].offset < b.offset) ++h;
      const bool left = h > 0 && holes[h - 1].offset + holes[h - 1].size == b.offset;
      const bool right = h < n && b.offset + b.size == holes[h].offset;
      if (left && right) {
        holes[h - 1].size += b.size + holes[h].size;
        remove(h);
      } else if (left) {
        holes[h - 1].size += b.size;
      } else if (right) {
        holes[h].offset = b.offset;
        holes[h].size += b.size;
      } else {
        for (std::size_t k = n; k > h; --k) holes[k] = holes[k - 1];
        holes[h] = {b.offset, b.size};
        ++n;
      }
    }
  }
  return top;
}

/// First fit by decreasing size: tighter, since it sees the future, but quadratic. Small plans only.
inline constexpr int small_plan = 64;
constexpr long place_by_size(memory_block* const* blocks, int n, long top_so_far) {
  int order[small_plan]{}, placed[small_plan]{};
  long offset[small_plan]{};
  int used = 0;
  for (int i = 0; i < n; ++i) {
    if (!blocks[i]->used()) continue;
    int j = used++;
    for (; j && blocks[order[j - 1]]->size < blocks[i]->size; --j) order[j] = order[j - 1];
    order[j] = i;
  }
  long top = 0;
  for (int q = 0; q < used; ++q) {
    const memory_block& x = *blocks[order[q]];
    long at = 0;
    for (int k = 0; k < q; ++k) {  // placed so far, by offset
      const memory_block& y = *blocks[order[placed[k]]];
      const long other = offset[placed[k]];
      if (y.last < x.first || y.first > x.last) continue;
      if (at + x.size <= other) break;
      if (other + y.size > at) at = other + y.size;
    }
    offset[q] = at;
    int j = q;
    for (; j && offset[placed[j - 1]] > at; --j) placed[j] = placed[j - 1];
    placed[j] = q;
    if (at + x.size > top) top = at + x.size;
  }
  if (top >= top_so_far) return top_so_far;
  for (int q = 0; q < used; ++q) blocks[order[q]]->offset = offset[q];
  return top;
}

template <int Steps, int Buffers>
constexpr void place(memory_plan<Steps, Buffers>& m) {
  constexpr std::size_t n = 2 * static_cast<std::size_t>(Buffers) + 3 * static_cast<std::size_t>(Steps);
  std::array<memory_block*, n + 1> blocks{};
  std::size_t k = 0;
  for (auto& b : m.value) blocks[k++] = &b;
  for (auto& b : m.gradient) blocks[k++] = &b;
  for (auto& b : m.saved) blocks[k++] = &b;
  for (auto& b : m.forward_scratch) blocks[k++] = &b;
  for (auto& b : m.backward_scratch) blocks[k++] = &b;
  m.per_example = place_in_time<n, 2 * static_cast<std::size_t>(Steps) + 3>(blocks.data());
  int used = 0;
  for (std::size_t i = 0; i < n; ++i) used += blocks[i]->used();
  if (used <= small_plan) m.per_example = place_by_size(blocks.data(), static_cast<int>(n), m.per_example);
}

}  // namespace planning

}  // namespace genet
