#pragma once
#include <array>

#include "words.hpp"

namespace genet::inline GENET_ISA {

/// Distance between tensors in a block, in elements: 64 bytes of float. Offsets that are multiples of it stay aligned
/// for every batch capacity.
inline constexpr long tensor_alignment = 16;
constexpr long aligned(long n) { return (n + tensor_alignment - 1) / tensor_alignment * tensor_alignment; }

/// How many layers at most are merged into one.
inline constexpr int max_then = 4;

/// A step between two layers that changes the order of a feature map, see feature_order.
enum class reordering : unsigned char { none, to_channels_last, to_planes };

/// One kernel call. Buffers are numbered: first those of the sources, then one per step.
struct step {
  int word = -1;
  reordering reorder = reordering::none;  // instead of computing the word: for its sake
  int n_then = 0;                         // words of the element-wise layers behind it that were merged into this step
  int then[max_then]{};
  int noise = -1;  // which one it is of those that draw, in the order of the declaration
  int n_in = 0;
  int in[max_edges]{};
  int out = -1;
  shapes taken{};
  shape out_shape{};
  element out_kind = element::real;
  int first_parameter = 0, n_parameters = 0;
  int first_state = 0, n_state = 0;
  long saved = 0, saved_per_batch = 0, scratch = 0, flops = 0;
  long carried = 0, carried_at = 0;  // from one sequence to the next; behind what earlier steps carry
  needs reads{};
};

/// One parameter or state tensor: where it lies in the model's block, and what it is.
struct tensor_slot {
  tensor_declaration declared{};
  int part = 0;
  int step = 0;
  long offset = 0;
};

/// A stretch of the declared parameters, row-major, whose tensors belong to one part and one group.
struct parameter_range {
  int part = 0;
  parameter_group member_of = parameter_group::weight;
  long offset = 0;
  long size = 0;
};

/// The name of a tensor as in a weight file: `encoder.3.mean.weight`.
struct full_name {
  static constexpr int capacity = 120;
  char data[capacity]{};
  int size = 0;
  constexpr std::string_view view() const { return {data, static_cast<std::size_t>(size)}; }
  constexpr void append(std::string_view s) {
    for (char c : s)
      if (size < capacity) data[size++] = c;
  }
};

struct part_entry {
  std::string_view name{};
  int parent = 0;                                     // the part around it; 0: none
  long parameter_offset = 0, parameter_elements = 0;  // with padding, and with those of the parts within
  long state_offset = 0, state_elements = 0;
};
inline constexpr int max_parts = 8;

/// Whether a declaration holds together, and if not, where and why.
struct verdict {
  bool refused = false;
  text why{};
};

/// One line of the summary.
struct summary_row {
  full_name where{};
  int word = 0;
  shape out{};
  element kind = element::real;
  long parameters = 0;
};

struct program_counts {
  int steps = 0, buffers = 0, parameters = 0, state = 0, rows = 0, parts = 1, draws = 0;
};

/// Walks the words of a net and writes its program. This is ordinary code on values: it can run in a debugger.
/// With null arrays it only counts; `names` and `rows` are filled on demand.
class net_compiler {
 public:
  const word* words = nullptr;
  step* steps = nullptr;
  long* buffers = nullptr;
  tensor_slot* parameters = nullptr;
  tensor_slot* state = nullptr;
  full_name* parameter_names = nullptr;
  full_name* state_names = nullptr;
  summary_row* rows = nullptr;
  part_entry parts[max_parts]{};
  program_counts n{};
  long parameter_count = 0;  // without padding
  long state_count = 0;
  long flops = 0;
  long carried = 0;
  verdict status{};

  constexpr bundle compile(const bundle& source) {
    for (int i = 0; i < source.n; ++i) new_buffer(source[i].s.size());
    return ordered(0, walk(0, source), feature_order::planes);
  }

 private:
  struct frame {
    int child;  // -1: copy `index` of a repeat
    int index, of;
  };
  static constexpr int max_depth = 48;
  frame path_[max_depth]{};
  int depth_ = 0;
  int part_ = 0;

  constexpr int new_buffer(long size) {
    if (buffers) buffers[n.buffers] = size;
    return n.buffers++;
  }

  constexpr bool enter(int child, int index, int of) {
    if (depth_ == max_depth) {
      status.refused = true;
      status.why = text("a net may be nested ") << max_depth << " levels deep, this one is deeper";
      return false;
    }
    path_[depth_++] = {child, index, of};
    return true;
  }

  constexpr bool inside_heads(int i) const {
    return i > 0 && path_[i - 1].child >= 0 && words[path_[i - 1].child].what == role::heads;
  }

  /// `layer 2 of 3, residual, layer 1 of 2, dense<20>: why`
  constexpr void fail(const text& why) {
    if (status.refused) return;
    status.refused = true;
    text& t = status.why;
    for (int i = 0; i < depth_; ++i) {
      const frame& f = path_[i];
      if (f.child >= 0 && words[f.child].hidden) continue;
      if (i) t << ", ";
      if (f.child < 0) {
        t << "copy " << f.index;
        continue;
      }
      const bool counted =
          words[f.child].what != role::part && !(words[f.child].what == role::head && inside_heads(i));
      if (counted && (f.of > 1 || i == 0)) t << "layer " << f.index << " of " << f.of << ", ";
      t << words[f.child].label();
    }
    if (depth_) t << ": ";
    t << why;
  }

  /// Names count as PyTorch's Sequential does. Below the layers of a net or a part, an only child adds no index.
  constexpr full_name spell_name(std::string_view last) const {
    full_name out;
    auto is_part = [this](int i) { return i >= 0 && path_[i].child >= 0 && words[path_[i].child].what == role::part; };
    int begin = 0;
    while (begin < depth_ && !is_part(begin)) ++begin;
    if (begin == depth_) begin = 0;
    auto put = [&out](std::string_view s) {
      if (s.empty()) return;
      if (out.size) out.append(".");
      out.append(s);
    };
    for (int i = begin; i < depth_; ++i) {
      const frame& f = path_[i];
      if (f.child >= 0 && words[f.child].hidden) continue;
      if (f.child >= 0 && !words[f.child].name.empty())
        put(words[f.child].name);
      else if (f.child < 0 || f.of > 1 || i == 0 || is_part(i - 2))  // a part holds the chain of its net
        put((text() << f.index - 1).view());
    }
    put(last);
    return out;
  }

  constexpr void add_row(int w, const answer& a) {
    if (rows) {
      summary_row& r = rows[n.rows];
      r.where = spell_name({});
      r.word = w;
      r.out = a.out;
      r.kind = a.kind;
      for (int i = 0; i < a.n_parameters; ++i) r.parameters += a.parameters[i].s.size();
    }
    ++n.rows;
  }

  constexpr void add_tensors(const answer& a) {
    for (int i = 0; i < a.n_parameters; ++i) {
      if (parameters) parameters[n.parameters] = {a.parameters[i], part_, n.steps, 0};
      if (parameter_names) parameter_names[n.parameters] = spell_name(a.parameters[i].name);
      ++n.parameters;
      parameter_count += a.parameters[i].s.size();
    }
    for (int i = 0; i < a.n_state; ++i) {
      if (state) state[n.state] = {a.state[i], part_, n.steps, 0};
      if (state_names) state_names[n.state] = spell_name(a.state[i].name);
      ++n.state;
      state_count += a.state[i].s.size();
    }
  }

  /// The bundle with its feature maps in the order that a layer wants; `any`: all in one.
  constexpr bundle ordered(int w, bundle b, feature_order wanted) {
    if (status.refused) return b;
    bool last = wanted == feature_order::channels_last;
    for (int i = 0; i < b.n && wanted == feature_order::any; ++i) last = last || b[i].channels_last;
    for (int i = 0; i < b.n; ++i) {
      edge& e = b.at[i];
      if (!e.has_order() || e.channels_last == last) continue;
      step s;
      s.word = w;
      s.reorder = last ? reordering::to_channels_last : reordering::to_planes;
      s.n_in = 1;
      s.in[0] = e.buffer;
      s.taken.n = 1;
      s.taken.at[0] = e.s;
      s.out = e.buffer = new_buffer(e.s.size());
      s.out_shape = e.s;
      s.first_parameter = n.parameters;
      s.first_state = n.state;
      e.channels_last = last;
      if (steps) steps[n.steps] = s;
      ++n.steps;
    }
    return b;
  }

  constexpr bundle emit(int w, const bundle& taken, const answer& a) {
    const bundle in = ordered(w, taken, words[w].order);
    step s;
    s.word = w;
    s.n_in = in.n;
    for (int i = 0; i < in.n; ++i) s.in[i] = in[i].buffer;
    s.taken = shapes_of(in);
    s.out = new_buffer(a.out.size());
    s.out_shape = a.out;
    s.out_kind = a.kind;
    s.first_parameter = n.parameters;
    s.n_parameters = a.n_parameters;
    s.first_state = n.state;
    s.n_state = a.n_state;
    s.saved = a.saved;
    s.saved_per_batch = a.saved_per_batch;
    s.scratch = a.scratch;
    s.carried = a.carried;
    s.carried_at = carried;
    carried += a.carried;
    s.flops = a.flops;
    s.reads = words[w].reads;
    if (words[w].draws) s.noise = n.draws++;
    flops += a.flops;
    add_tensors(a);
    if (steps) steps[n.steps] = s;
    ++n.steps;
    bundle out;
    out.n = 1;
    out.at[0] = {a.out, a.kind, {}, s.out, a.limit};
    bool last = words[w].order == feature_order::channels_last;
    for (int i = 0; i < in.n && words[w].order == feature_order::any; ++i) last = last || in[i].channels_last;
    out.at[0].channels_last = last && out[0].has_order();
    return out;
  }

  constexpr bundle walk_children(int w, bundle b) {
    int c = w + 1;
    for (int i = 0; i < words[w].children && !status.refused; ++i, c += words[c].size) {
      if (!enter(c, i + 1, words[w].children)) return b;
      if (words[c].what == role::head)
        fail("stands alone; wrap it in heads<...>");
      else
        b = walk(c, b);
      --depth_;
    }
    return b;
  }

  constexpr bundle walk(int w, const bundle& in) {
    switch (words[w].what) {
      case role::layer:
      case role::view:
      case role::choice:
      case role::stranger: return walk_layer(w, in);
      case role::chain:
      case role::head: return walk_children(w, in);
      case role::part: return walk_part(w, in);
      case role::repeat: return walk_repeat(w, in);
      case role::heads: return walk_heads(w, in);
      case role::residual: return walk_residual(w, in);
    }
    return in;
  }

  constexpr bundle walk_layer(int w, const bundle& in) {
    const word& x = words[w];
    const answer a = x.infer(in);
    if (a.refused) {
      fail(a.why);
      return in;
    }
    if (x.what == role::choice) return x.choose(in);
    add_row(w, a);
    if (x.what == role::view) {
      bundle out = ordered(w, in, feature_order::planes);
      out.at[0].s = a.out;
      return out;
    }
    return emit(w, in, a);
  }

  constexpr bundle walk_part(int w, const bundle& in) {
    const int outer = part_;
    if (n.parts == max_parts) {
      fail(text("a model has at most ") << max_parts - 1 << " parts");
      return in;
    }
    part_ = n.parts++;
    parts[part_].name = words[w].name;
    parts[part_].parent = outer;
    const bundle out = walk_children(w, in);
    part_ = outer;
    return out;
  }

  constexpr bundle walk_repeat(int w, bundle b) {
    if (words[w].count < 1) fail("wants at least one copy");
    for (int k = 1; k <= words[w].count && !status.refused; ++k) {
      if (!enter(-1, k, words[w].count)) return b;
      b = walk_children(w, b);
      --depth_;
    }
    return b;
  }

  constexpr bundle walk_heads(int w, const bundle& in) {
    bundle out;
    if (words[w].children == 0) fail("wants at least one head");
    int c = w + 1;
    for (int i = 0; i < words[w].children && !status.refused; ++i, c += words[c].size) {
      if (!enter(c, i + 1, words[w].children)) return in;
      if (words[c].what != role::head) fail("stands in heads without a name; wrap it in head<name, ...>");
      const bundle b = status.refused ? in : walk(c, in);
      --depth_;
      if (status.refused) return in;
      if (out.n + b.n > max_edges) {
        fail(text("gives more than ") << max_edges << " tensors");
        return in;
      }
      for (int k = 0; k < b.n; ++k) {
        edge e = b[k];
        if (b.n == 1) e.name = words[c].name;
        if (!e.name.empty() && out.find(e.name) >= 0) {
          fail(text("has two heads named ") << e.name);
          return in;
        }
        out.at[out.n++] = e;
      }
    }
    return out;
  }

  constexpr bundle walk_residual(int w, const bundle& in) {
    const bundle b = walk_children(w, in);
    if (status.refused) return in;
    if (in.n != 1 || b.n != 1) {
      fail(text("wants one tensor in and out, has ") << show(in) << " in, " << show(b) << " out");
      return in;
    }
    if (in[0].kind != element::real || b[0].kind != element::real) {
      fail(text("adds reals, has ") << show(in) << " in, " << show(b) << " out");
      return in;
    }
    if (in[0].s != b[0].s) {
      fail(text("its layers turn ") << show(in[0].s) << " into " << show(b[0].s)
                                    << ", which cannot be added to its input");
      return in;
    }
    bundle two;
    two.n = 2;
    two.at[0] = in[0];
    two.at[1] = b[0];
    return emit(w, two, gives(in[0].s).costs(in[0].s.size()));
  }
};

/// The whole net as a constant: what every later pass reads.
template <int Steps, int Buffers, int Parameters, int State>
struct net_program {
  int n_steps = Steps;  // after merging; the steps beyond are empty
  std::array<step, static_cast<std::size_t>(Steps)> steps{};
  std::array<long, static_cast<std::size_t>(Buffers)> buffers{};  // elements per example
  std::array<tensor_slot, static_cast<std::size_t>(Parameters)> parameters{};
  std::array<tensor_slot, static_cast<std::size_t>(State)> state{};
  std::array<part_entry, max_parts> parts{};
  int n_parts = 1;
  long parameter_elements = 0, state_elements = 0;
  bundle in{}, out{};
};

/// Elements of a tensor, row-major.
constexpr long declared_elements(const tensor_declaration& t) { return t.s.size(); }

/// Offsets of all tensors, each of `elements(declaration)`: parts one after another, within a part weights, then
/// biases, then norms, each in layer order.
template <class Program>
constexpr void place_tensors(Program& p, long (*elements)(const tensor_declaration&) = declared_elements) {
  long parameter_at = 0, state_at = 0;
  for (int k = 0; k < p.n_parts; ++k) {
    part_entry& part = p.parts[static_cast<std::size_t>(k)];
    part.parameter_offset = parameter_at;
    part.state_offset = state_at;
    for (int g = 0; g < group_count; ++g)
      for (tensor_slot& t : p.parameters)
        if (t.part == k && t.declared.member_of == static_cast<parameter_group>(g)) {
          t.offset = parameter_at;
          parameter_at += aligned(elements(t.declared));
        }
    for (tensor_slot& t : p.state)
      if (t.part == k) {
        t.offset = state_at;
        state_at += aligned(elements(t.declared));
      }
    part.parameter_elements = parameter_at - part.parameter_offset;
    part.state_elements = state_at - part.state_offset;
  }
  for (int k = p.n_parts - 1; k > 0; --k) {  // parts within a part follow it
    const part_entry& inner = p.parts[static_cast<std::size_t>(k)];
    if (inner.parent == 0) continue;
    part_entry& outer = p.parts[static_cast<std::size_t>(inner.parent)];
    const auto reach = [](long& size, long end) { size = end > size ? end : size; };
    reach(outer.parameter_elements, inner.parameter_offset + inner.parameter_elements - outer.parameter_offset);
    reach(outer.state_elements, inner.state_offset + inner.state_elements - outer.state_offset);
  }
  p.parameter_elements = parameter_at;
  p.state_elements = state_at;
}

namespace lowering {

/// Which steps are computed in one kernel with the step before them, where nobody else reads what lies between: an
/// element-wise layer behind one that takes it, or behind another element-wise one. One of them may draw noise.
constexpr bool joins(const step& x, const step& next, const word* words) {
  const word &first = words[x.word], &second = words[next.word];
  if (x.reorder != reordering::none || next.reorder != reordering::none) return false;
  return x.n_then < max_then && (first.takes_epilogue || first.element_wise) && second.element_wise &&
         (x.noise < 0 || next.noise < 0);
}

/// What a step with layers merged into it keeps and reads.
constexpr void settle(step& x, const word* words) {
  const int own = words[x.word].element_wise;  // it is itself the first of the run
  const run_needs r = needs_of_run(x.n_then + own, [&](int i) -> const word& {
    return words[i < own ? x.word : x.then[i - own]];
  });
  if (own) {
    x.reads = {.x_for_dx = r.input, .y_for_dx = r.output};
    return;
  }
  x.reads.y_for_dx = x.reads.y_for_dp = r.output;
  if (r.input) x.saved += x.out_shape.size();
}

}  // namespace lowering

/// Merges element-wise layers into the steps before them, across the borders of chains and heads.
template <int Steps, int Buffers, int Parameters, int State>
constexpr void merge_steps(net_program<Steps, Buffers, Parameters, State>& p, const word* words) {
  std::array<int, static_cast<std::size_t>(Buffers)> readers{}, last_reader{};
  for (int i = 0; i < p.out.n; ++i)
    readers[static_cast<std::size_t>(p.out[i].buffer)] = 2;  // the caller reads it too
  for (int s = 0; s < Steps; ++s)
    for (int i = 0; i < p.steps[static_cast<std::size_t>(s)].n_in; ++i) {
      const auto b = static_cast<std::size_t>(p.steps[static_cast<std::size_t>(s)].in[i]);
      ++readers[b];
      last_reader[b] = s;
    }
  std::array<int, static_cast<std::size_t>(Steps)> moved_to{};
  int kept = 0;
  for (int s = 0; s < Steps; ++s) {
    step x = p.steps[static_cast<std::size_t>(s)];
    if (x.word < 0) continue;  // merged into an earlier step
    while (readers[static_cast<std::size_t>(x.out)] == 1) {
      step& next = p.steps[static_cast<std::size_t>(last_reader[static_cast<std::size_t>(x.out)])];
      if (!lowering::joins(x, next, words)) break;
      x.then[x.n_then++] = next.word;
      if (next.noise >= 0) x.noise = next.noise;
      x.saved += next.saved;
      x.out = next.out;
      x.flops += next.flops;
      next.word = -1;
    }
    if (x.n_then) lowering::settle(x, words);
    moved_to[static_cast<std::size_t>(s)] = kept;
    p.steps[static_cast<std::size_t>(kept++)] = x;
  }
  p.n_steps = kept;
  for (int s = kept; s < Steps; ++s) p.steps[static_cast<std::size_t>(s)] = {};
  for (tensor_slot& t : p.parameters) t.step = moved_to[static_cast<std::size_t>(t.step)];
  for (tensor_slot& t : p.state) t.step = moved_to[static_cast<std::size_t>(t.step)];
}

}  // namespace genet
