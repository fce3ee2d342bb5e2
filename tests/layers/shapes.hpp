#pragma once
#include <genet/declare/program.hpp>

#include <initializer_list>

/// A bundle of real tensors called a, b, c, ...
constexpr genet::bundle bundle_of(std::initializer_list<genet::shape> shapes) {
  constexpr std::string_view names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
  genet::bundle b;
  for (const genet::shape& s : shapes) {
    b.at[b.n] = {s, genet::element::real, names[b.n], b.n};
    ++b.n;
  }
  return b;
}
constexpr genet::bundle with_kind(genet::bundle b, int i, genet::element kind) {
  b.at[i].kind = kind;
  return b;
}
/// What is wrong with layers behind a source.
template <class Source, class... L>
genet::text refusal_of() {
  genet::net_compiler c;
  c.words = genet::words<genet::chain<L...>>.data();
  c.compile(genet::source_of<Source>::value);
  return c.status.why;
}
