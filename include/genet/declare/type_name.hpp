#pragma once
#include <string_view>

#include "isa.hpp"

namespace genet::inline GENET_ISA {

/// The spelling of a type without its outermost namespaces, for messages: `my_layer`.
template <class T>
constexpr std::string_view type_name() {
  std::string_view s = __PRETTY_FUNCTION__;
  const auto begin = s.find("T = ") + 4;
  s = s.substr(begin, s.find_first_of(";]", begin) - begin);
  const auto arguments = s.find('<');
  const auto scope = s.substr(0, arguments).rfind("::");
  return scope == std::string_view::npos ? s : s.substr(scope + 2);
}

}  // namespace genet
