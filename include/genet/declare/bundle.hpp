#pragma once
#include "shape.hpp"

namespace genet::inline GENET_ISA {

/// Most tensors that one edge of a net carries (after `heads`), and most inputs of one layer.
inline constexpr int max_edges = 8;

/// One tensor on its way between layers.
struct edge {
  shape s{};
  element kind = element::real;
  std::string_view name{};
  int buffer = -1;
  int limit = 0;  // integers are below it: the size of a vocabulary, the number of classes
  bool channels_last = false;  // its memory, see feature_order
  bool drawn = false;          // a source of standard normal noise

  /// Whether the two orders of a feature map differ.
  constexpr bool has_order() const { return kind == element::real && s.rank > 1 && s[0] > 1 && s.size() > s[0]; }
};

/// What flows between two layers: one tensor, or several named ones.
struct bundle {
  int n = 0;
  edge at[max_edges]{};

  constexpr const edge& operator[](int i) const { return at[i]; }
  /// Index of the tensor of that name, or -1.
  constexpr int find(std::string_view name) const {
    for (int i = 0; i < n; ++i)
      if (at[i].name == name) return i;
    return -1;
  }
};

/// The part of a bundle that a kernel depends on: structural, so that kernels are instantiated once per distinct inputs.
struct shapes {
  int n = 0;
  shape at[max_edges]{};
  element kind[max_edges]{};
  int limit[max_edges]{};

  constexpr const shape& operator[](int i) const { return at[i]; }
  constexpr bool operator==(const shapes&) const = default;
};

constexpr shapes shapes_of(const bundle& b) {
  shapes s;
  s.n = b.n;
  for (int i = 0; i < b.n; ++i) {
    s.at[i] = b.at[i].s;
    s.kind[i] = b.at[i].kind;
    s.limit[i] = b.at[i].limit;
  }
  return s;
}

constexpr shapes spelled_out(const shapes& s) {
  static_assert(max_edges == 8);
  auto at = [&s](int i) { return spelled_out(s.at[i]); };
  return {s.n,
          {at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)},
          {s.kind[0], s.kind[1], s.kind[2], s.kind[3], s.kind[4], s.kind[5], s.kind[6], s.kind[7]},
          {s.limit[0], s.limit[1], s.limit[2], s.limit[3], s.limit[4], s.limit[5], s.limit[6], s.limit[7]}};
}

/// `(1,28,28)`, `tokens (20)`, or `mean (20), log_variance (20)`.
constexpr text show(const bundle& b) {
  text t;
  for (int i = 0; i < b.n; ++i) {
    if (i) t << ", ";
    if (b.n > 1 && !b.at[i].name.empty()) t << b.at[i].name << " ";
    if (b.at[i].kind != element::real) t << show(b.at[i].kind) << " ";
    t << show(b.at[i].s);
  }
  return t;
}

}  // namespace genet
