#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "../declare/net.hpp"
#include "../tensor/matmul.hpp"

namespace genet::inline GENET_ISA {

namespace storage {

/// Elements of T that a tensor takes in a model's memory. Panels hold the transposed matrix: W (outputs, rest...) is
/// the right operand of x W^T.
template <class T>
constexpr long elements(shape s, tensor_layout layout) {
  if (layout == tensor_layout::rows) return s.size();
  const long inner = s.size() / s[0], outer = s[0] / layout.groups;
  return layout.groups *
         (layout.how == tensor_layout::turned_filters ? tensor::pack_size<T>(outer, inner)
                                                      : tensor::pack_size<T>(inner, outer));
}
template <class T>
constexpr long elements(const tensor_declaration& t) {
  return elements<T>(t.s, t.layout);
}

/// Where element i, counted row-major, of a tensor lies in its memory.
template <class T>
constexpr long place(shape s, tensor_layout layout, long i) {
  if (layout == tensor_layout::rows) return i;
  const long inner = s.size() / s[0], outer = s[0] / layout.groups, o = i / inner % outer;
  const long before = i / inner / outer * (elements<T>(s, layout) / layout.groups);  // other groups
  long l = i % inner;
  if (const long pixels = inner / s[1]; layout.how != tensor_layout::panels)
    l = l % pixels * s[1] + l / pixels;  // the channel last
  return before + (layout.how == tensor_layout::turned_filters ? tensor::panel_place<T>(outer, inner, o, l)
                                                               : tensor::panel_place<T>(inner, outer, l, o));
}

/// The program of a net with the offsets that its tensors have in a model of T.
template <class Net, class T>
inline constexpr auto program = [] {
  auto p = program_of<Net>;
  place_tensors(p, [](const tensor_declaration& t) { return elements<T>(t); });
  return p;
}();

}  // namespace storage

/// A named tensor of a model, as it appears in a weight file.
struct tensor_info {
  std::string_view name;
  shape s;
  long offset;   // elements, within the parameter or the state block
  bool trained;  // a parameter; otherwise state
  parameter_group member_of;
  tensor_layout layout = tensor_layout::rows;

  /// Where element i, counted row-major, lies in a block of the model: parameters, gradients, moments or state.
  template <class T>
  long place(long i) const {
    return offset + storage::place<T>(s, layout, i);
  }
  /// The tensor row-major, out of a block and into it.
  template <class T>
  std::vector<T> read(const T* block) const {
    std::vector<T> values(static_cast<std::size_t>(s.size()));
    for (long i = 0; i < s.size(); ++i) values[static_cast<std::size_t>(i)] = block[place<T>(i)];
    return values;
  }
  template <class T>
  void write(T* block, std::span<const T> from) const {
    for (long i = 0; i < s.size(); ++i) block[place<T>(i)] = from[static_cast<std::size_t>(i)];
  }
};

}  // namespace genet
