#pragma once
#include <initializer_list>
#include <string_view>

#include "text.hpp"

namespace genet::inline GENET_ISA {

/// The size of one example, outermost dimension first: (C,H,W), (features) or () for a scalar. The batch is never part of it.
struct shape {
  static constexpr int max_rank = 4;
  int rank = 0;
  int d[max_rank]{};

  constexpr long size() const {
    long n = 1;
    for (int i = 0; i < rank; ++i) n *= d[i];
    return n;
  }
  constexpr int operator[](int i) const { return d[i]; }
  constexpr bool operator==(const shape&) const = default;
};

constexpr shape vector_shape(int n) { return {1, {n}}; }

/// The same value with every member spelled out. g++ 12 takes two template arguments for one when they differ only in
/// which members are zero by default, so a computed value goes through this before it becomes a template argument.
constexpr shape spelled_out(const shape& s) { return {s.rank, {s.d[0], s.d[1], s.d[2], s.d[3]}}; }

/// From a list of dimensions; those beyond max_rank are dropped.
constexpr shape shape_of(std::initializer_list<int> dimensions) {
  shape s;
  for (int d : dimensions)
    if (s.rank < shape::max_rank) s.d[s.rank++] = d;
  return s;
}

/// `(1,28,28)`
constexpr text show(shape s) {
  text t("(");
  for (int i = 0; i < s.rank; ++i) {
    if (i) t << ",";
    t << s.d[i];
  }
  return t << ")";
}

/// What the elements of a tensor are. Only `real` tensors have gradients; the others hold 32-bit integers.
enum class element : unsigned char { real, token, mask, label };

constexpr std::string_view show(element e) {
  switch (e) {
    case element::token: return "tokens";
    case element::mask: return "mask";
    case element::label: return "labels";
    case element::real: break;
  }
  return "reals";
}

}  // namespace genet
