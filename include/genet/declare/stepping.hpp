#pragma once
#include <array>
#include <type_traits>

#include "net.hpp"

namespace genet::inline GENET_ISA {

/// A layer that works position by position of a sequence, or carries from one call to the next what it has seen, says
/// `static constexpr bool steppable = true;`, as element-wise layers do by nature. A net of such layers can be stepped:
/// run over a sequence in pieces, down to one position at a time, with the result of the whole.
///
/// Whether a net can, and if not, which layer stands in the way.
template <is_net Net>
constexpr verdict stepping_verdict() {
  using net_type = typename Net::net_type;
  auto refused = [](const text& why) { return verdict{true, text("cannot be stepped: ") << why}; };
  constexpr const auto& all = words<typename net_type::tree>;
  if (!net_type::well_formed) return {};
  for (int w = 1; w < static_cast<int>(all.size()); ++w) {
    const word& x = all[static_cast<std::size_t>(w)];
    const bool leaf = x.what == role::layer || x.what == role::view || x.what == role::choice;
    if (leaf && !x.steppable) return refused(spelling::path_of(all.data(), w) << ", looks along the whole sequence");
  }
  for (int i = 0; i < net_type::source.n; ++i)
    if (const edge& e = net_type::source[i]; e.kind == element::real && e.s.rank < 2)
      return refused(net_type::source_label() << " gives " << show(net_type::source) << ", which is no sequence");
  return {};
}

namespace stepping {

template <class Source, int N>
struct resized {
  using type = Source;
};
template <int Vocabulary, int Length, int N>
struct resized<tokens<Vocabulary, Length>, N> {
  using type = tokens<Vocabulary, N>;
};
template <int Length, int N>
struct resized<mask<Length>, N> {
  using type = mask<N>;
};
template <int Length, int First, int... Rest, int N>
struct resized<input<Length, First, Rest...>, N> {
  using type = input<N, First, Rest...>;
};
template <fixed_string Name, class Source, int N>
struct resized<named<Name, Source>, N> {
  using type = named<Name, typename resized<Source, N>::type>;
};
template <class... Named, int N>
struct resized<inputs<Named...>, N> {
  using type = inputs<typename resized<Named, N>::type...>;
};

/// Whether the parameters and the state of two nets lie alike in a model's blocks.
template <class A, class B>
constexpr verdict same_tensors() {
  constexpr const auto& a = program_of<A>;
  constexpr const auto& b = program_of<B>;
  if (!A::well_formed || !B::well_formed) return {};
  const auto compare = [](const auto& x, const auto& y, const auto& names) {
    verdict v;
    for (std::size_t i = 0; i < x.size() && !v.refused; ++i)
      if (i >= y.size() || x[i].declared.s != y[i].declared.s || x[i].offset != y[i].offset)
        v = {true, text("with_length: the shape of ") << names[i].view() << " depends on the length"};
    return v;
  };
  const verdict v = compare(a.parameters, b.parameters, parameter_names<A>);
  return v.refused ? v : compare(a.state, b.state, state_names<A>);
}

template <class Net, int N>
struct lengthened;
template <class Source, class... L, int N>
struct lengthened<net<Source, L...>, N> {
  using type = net<typename resized<Source, N>::type, L...>;
  static constexpr verdict status = same_tensors<net<Source, L...>, type>();

 private:
  using check_ = diagnosis::check<status>;
};

/// Naming it checks that a net can be stepped.
template <class Net>
struct checked {
  static constexpr verdict status = stepping_verdict<Net>();

 private:
  using check_ = diagnosis::check<status>;
};

}  // namespace stepping

/// The same layers over sequences of another length: `with_length<generator, 1>` is the step of a generator over
/// tokens<V,L>, on the parameters of the same model. The length is that of tokens, masks and reals (L,...) among the
/// sources. Tensors of the model must not depend on it.
template <is_net Net, int N>
using with_length = typename stepping::lengthened<typename Net::net_type, N>::type;

/// How many numbers each of a net's layers carries from one call to the next, those that do, in the order of the steps.
template <is_net Net>
inline constexpr auto carried_sizes = [] {
  constexpr auto count = [] {
    std::size_t n = 0;
    for (const step& s : program_of<Net>.steps) n += s.carried > 0;
    return n;
  }();
  std::array<long, count> sizes{};
  std::size_t i = 0;
  for (const step& s : program_of<Net>.steps)
    if (s.carried > 0) sizes[i++] = s.carried;
  return sizes;
}();

}  // namespace genet
