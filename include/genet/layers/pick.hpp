#pragma once
#include "../declare/answer.hpp"

namespace genet::inline GENET_ISA {

/// Passes on one tensor of a bundle; costs nothing.
template <fixed_string Name>
struct pick {
  using is_choice = void;
  static constexpr text label() { return text("pick<") << stored<Name>.view() << ">"; }
  static constexpr int choose(const bundle& in) { return in.find(stored<Name>.view()); }
  static constexpr answer infer(const bundle& in) {
    if (choose(in) < 0) return refuse(text("finds no ") << stored<Name>.view() << " among " << show(in));
    return gives(in[choose(in)].s);
  }
};

}  // namespace genet
