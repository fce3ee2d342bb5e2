#pragma once
#include <boost/hana/tuple.hpp>
#include <boost/hana/type.hpp>

#include "plan.hpp"
#include "verdict.hpp"

namespace genet::inline GENET_ISA {

namespace planning {
template <class Net>
consteval element_count training_elements();
template <class Net>
constexpr std::string_view summary_view();
}  // namespace planning

/// A network: a source of tensors and the layers that they pass through. Shapes are inferred and checked by the
/// compiler. Derive from it (`struct encoder : net<...> {};`) to give it a short name; a mistake is then one error at
/// that line.
template <class Source, class... L>
class net {
 public:
  using net_type = net;
  using source_type = Source;
  using tree = chain<L...>;

  /// The layers as a Hana sequence of types, as written.
  static constexpr auto layers = boost::hana::tuple_t<L...>;

 private:
  struct scan_result {
    program_counts n{};
    bundle out{};
    long parameter_count = 0, state_count = 0, flops = 0;
  };
  struct scan_and_verdict {
    scan_result result{};
    verdict status{};
  };
  static consteval scan_and_verdict make_scan() {
    net_compiler c;
    c.words = words<tree>.data();
    scan_and_verdict s;
    if (source.n == 0)
      s.status = {true, text(source_label())
                            << ": is not a source; a net begins with input, noise, tokens, mask, labels or inputs"};
    for (int i = 0; i < source.n; ++i)
      for (int k = 0; k < source[i].s.rank; ++k)
        if (source[i].s[k] < 1)
          s.status = {true, text(source_label()) << ": wants positive dimensions, got " << show(source[i].s)};
    if (const text why = source_of<Source>::refusal(); why.size()) s.status = {true, why};
    if (s.status.refused) return s;
    s.result.out = c.compile(source);
    s.result.n = c.n;
    s.result.parameter_count = c.parameter_count;
    s.result.state_count = c.state_count;
    s.result.flops = c.flops;
    s.status = c.status;
    return s;
  }

 public:
  /// What the net takes: one tensor, or several named ones.
  static constexpr bundle source = source_of<Source>::value;
  static constexpr text source_label() { return source_of<Source>::label(); }

 private:
  static constexpr scan_and_verdict scan_ = make_scan();

 public:
  static constexpr verdict status = scan_.status;
  static constexpr bool well_formed = !status.refused;
  /// An ill-formed net keeps its members, so that one mistake stays one error.
  static constexpr program_counts counts = well_formed ? scan_.result.n : program_counts{0, 1, 0, 0, 0, 1};
  /// What the net gives: one tensor, or a bundle of named ones.
  static constexpr bundle outputs = scan_.result.out;

  /// One shape, or (several sources, heads) the first of them; `source` and `outputs` name all.
  static constexpr shape input_shape = source[0].s;
  static constexpr shape output_shape = outputs[0].s;
  /// Trained numbers.
  static constexpr long parameter_count = scan_.result.parameter_count;
  /// Numbers that the net keeps but no optimiser touches, such as running means.
  static constexpr long state_count = scan_.result.state_count;
  /// Of one forward pass, per example; a multiply-add counts two.
  static constexpr long flops = scan_.result.flops;
  /// Elements of working memory while it trains, without what kernels pack; `genet::activation_elements` knows the
  /// other capabilities too.
  static constexpr element_count activation_elements = planning::training_elements<net>();
  /// A table of layers, output shapes and parameter counts, made at compile time.
  static constexpr std::string_view summary() { return planning::summary_view<net>(); }

 private:
  using check_ = diagnosis::check<status>;
};

template <class N>
concept is_net = requires {
  typename N::net_type::tree;
};

/// `using decoder = checked<net<...>>;` checks a net that is declared but not used yet.
template <is_net N>
using checked = std::conditional_t<(sizeof(N) > 0), N, void>;

namespace planning {

template <class Net>
consteval auto compile() {
  net_program<Net::counts.steps, Net::counts.buffers, Net::counts.parameters, Net::counts.state> p;
  p.in = Net::source;
  p.out = Net::source;
  if (!Net::well_formed) return p;
  net_compiler c;
  c.words = words<typename Net::tree>.data();
  c.steps = p.steps.data();
  c.buffers = p.buffers.data();
  c.parameters = p.parameters.data();
  c.state = p.state.data();
  p.out = c.compile(Net::source);
  p.n_parts = c.n.parts;
  for (std::size_t i = 0; i < p.parts.size(); ++i) p.parts[i] = c.parts[i];
  place_tensors(p);
  return p;
}

// Several constants instead of one: every constant has a budget of evaluation steps of its own in clang.
template <class Net>
inline constexpr auto compiled = compile<Net>();

template <class Net>
inline constexpr auto merged = [] {
  auto p = compiled<Net>;
  if (Net::well_formed) merge_steps(p, words<typename Net::tree>.data());
  return p;
}();

template <class Net, capability C>
inline constexpr auto lifetimes = [] {
  memory_plan<Net::counts.steps, Net::counts.buffers> m;
  find_lifetimes(m, merged<Net>, C);
  return m;
}();

template <class Net, capability C>
inline constexpr auto placed = [] {
  auto m = lifetimes<Net, C>;
  place(m);
  return m;
}();

template <class Net, bool State>
consteval auto make_names() {
  std::array<full_name, static_cast<std::size_t>(State ? Net::counts.state : Net::counts.parameters)> names{};
  if (!Net::well_formed) return names;
  net_compiler c;
  c.words = words<typename Net::tree>.data();
  (State ? c.state_names : c.parameter_names) = names.data();
  c.compile(Net::source);
  return names;
}

template <class Net, bool State>
inline constexpr auto names = make_names<Net, State>();

}  // namespace planning

/// The net as a constant list of kernel calls, element-wise layers merged into the steps before them.
template <is_net Net>
inline constexpr const auto& program_of = planning::merged<typename Net::net_type>;

/// Its working memory for a capability.
template <is_net Net, capability C>
inline constexpr const auto& plan_of = planning::placed<typename Net::net_type, C>;

/// Names of the parameters (state tensors), in the order of `program_of<Net>.parameters` (`.state`).
template <is_net Net>
inline constexpr const auto& parameter_names = planning::names<typename Net::net_type, false>;
template <is_net Net>
inline constexpr const auto& state_names = planning::names<typename Net::net_type, true>;

/// Elements of working memory that a session of the net needs, without what kernels pack (run/session.hpp).
template <is_net Net, capability C = capability::gradient>
inline constexpr element_count activation_elements{plan_of<Net, C>.per_example, plan_of<Net, C>.per_batch};

namespace planning {
template <class Net>
consteval element_count training_elements() {
  return activation_elements<Net, capability::gradient>;
}
}  // namespace planning

/// The declared parameters as stretches of one part and one group. (A model of a scalar pads some: run/storage.hpp.)
template <is_net Net>
inline constexpr auto parameter_ranges = [] {
  constexpr const auto& p = program_of<Net>;
  struct list {
    int n = 0;
    parameter_range at[max_parts * group_count]{};
    constexpr const parameter_range* begin() const { return at; }
    constexpr const parameter_range* end() const { return at + n; }
  } out;
  for (int k = 0; k < p.n_parts; ++k)
    for (int g = 0; g < group_count; ++g) {
      parameter_range r{k, static_cast<parameter_group>(g), -1, 0};
      for (const tensor_slot& t : p.parameters)
        if (t.part == k && t.declared.member_of == r.member_of) {
          if (r.offset < 0 || t.offset < r.offset) r.offset = t.offset;
          r.size += aligned(t.declared.s.size());
        }
      if (r.size) out.at[out.n++] = r;
    }
  return out;
}();

}  // namespace genet
