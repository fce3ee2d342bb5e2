#pragma once
#include <utility>

#include "program.hpp"

namespace genet {  // No code: words of messages carry no instruction set.

/// One line of a message as a template argument. clang prints at most 36 characters of an array in a type name, so a
/// message is wrapped; the terminating 0 is written explicitly, or clang prints numbers (docs/pitfalls.md).
template <std::size_t N>
struct line {
  char s[N + 1]{};
};
template <line... Message>
struct ill_formed_network {};
struct well_formed_network {
  using well_formed = void;
};

}  // namespace genet

namespace genet::inline GENET_ISA {

namespace diagnosis {

inline constexpr int line_width = 36;

/// The I-th word-wrapped line of a message; empty behind the last.
template <const verdict& V, int I>
consteval auto wrapped() {
  constexpr auto cut = [] {
    const std::string_view s = V.why.view();
    const int size = static_cast<int>(s.size());
    auto at = [&](int i) { return s[static_cast<std::size_t>(i)]; };
    int begin = 0, end = 0;
    for (int k = 0; k <= I; ++k) {
      begin = end;
      while (begin < size && at(begin) == ' ') ++begin;
      end = size - begin <= line_width ? size : begin + line_width;
      if (end < size && at(end) != ' ') {
        int space = end;
        while (space > begin && at(space - 1) != ' ') --space;
        if (space > begin) end = space;
        while (end > begin && at(end - 1) == ' ') --end;
      }
    }
    return std::pair{begin, end};
  }();
  line<static_cast<std::size_t>(cut.second - cut.first)> l;
  for (int i = cut.first; i < cut.second; ++i) l.s[i - cut.first] = V.why.view()[static_cast<std::size_t>(i)];
  l.s[cut.second - cut.first] = 0;
  return l;
}

template <const verdict& V, line... M>
consteval auto explain() {
  if constexpr (!V.refused) {
    return well_formed_network{};
  } else {
    constexpr line next = wrapped<V, static_cast<int>(sizeof...(M))>();
    if constexpr (sizeof(next.s) == 1)
      return ill_formed_network<M...>{};
    else
      return explain<V, M..., next>();
  }
}

/// The error is raised in the body of a function with deduced return type: elsewhere it would mark the class as
/// invalid and every use of it would be one more error.
#if defined(__cpp_static_assert) && __cpp_static_assert >= 202306L
template <const verdict& V>
auto must_hold() {
  if constexpr (V.refused) static_assert(!V.refused, V.why.view());
  return 0;
}
template <const verdict& V>
using check = decltype(must_hold<V>());
#else
template <class Network>
auto must_be() {
  (void)sizeof(typename Network::well_formed*);
  return 0;
}
template <const verdict& V>
using check = decltype(must_be<decltype(explain<V>())>());
#endif

}  // namespace diagnosis

}  // namespace genet
