#pragma once
#include "../declare/answer.hpp"

namespace genet::inline GENET_ISA {

/// Passes on some tensors of a bundle, in the order of the names; costs nothing.
template <fixed_string... Name>
struct pick {
  static_assert(sizeof...(Name) > 0, "pick wants the names of the tensors that go on");
  using is_choice = void;
  static constexpr bool steppable = true;
  static constexpr text label() {
    text t("pick");
    const char* separator = "<";
    ((t << separator << stored<Name>.view(), separator = ","), ...);
    return t << ">";
  }
  static constexpr bundle choose(const bundle& in) {
    bundle out;
    (
        [&] {
          if (const int i = in.find(stored<Name>.view()); i >= 0 && out.n < max_edges) out.at[out.n++] = in[i];
        }(),
        ...);
    return out;
  }
  static constexpr answer infer(const bundle& in) {
    text missing;
    (
        [&] {
          if (missing.size() == 0 && in.find(stored<Name>.view()) < 0) missing << stored<Name>.view();
        }(),
        ...);
    if (missing.size()) return refuse(text("finds no ") << missing << " among " << show(in));
    return gives(choose(in)[0].s);
  }
};

}  // namespace genet
