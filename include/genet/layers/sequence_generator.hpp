#pragma once
#include "../declare/stepping.hpp"
#include "pick.hpp"
#include "token_distribution.hpp"
#include "token_likelihood.hpp"
#include "token_states.hpp"

namespace genet::inline GENET_ISA {

namespace sequences {

template <class Front, class... L>
struct split_end {
  using front = Front;
  using last = void;
};
template <class... F, class Last>
struct split_end<chain<F...>, Last> {
  using front = chain<F...>;
  using last = Last;
};
template <class... F, class A, class B, class... More>
struct split_end<chain<F...>, A, B, More...> : split_end<chain<F..., A>, B, More...> {};

/// The words over the same parameters that stand for a distribution of tokens.
template <class Last>
struct ending {
  static constexpr int vocabulary = 0;
};
template <int V, class... O>
struct ending<token_distribution<V, O...>> {
  static constexpr int vocabulary = V;
  using likelihood = token_likelihood<V, O...>;
  using states = token_states<V, O...>;
};

/// A generator taken apart: its length, and what ends it.
template <class Net>
struct parts {
  static constexpr int length = 0;
  using end = ending<void>;
};
template <int V, int L, class... Layers>
struct parts<net<tokens<V, L>, Layers...>> {
  static constexpr int vocabulary = V, length = L;
  using split = split_end<chain<>, Layers...>;
  using end = ending<typename split::last>;
};

/// With another end behind the layers up to the hidden states.
template <class Source, class Front, class End>
struct ended;
template <int V, int L, class... Front, class End>
struct ended<tokens<V, L>, chain<Front...>, End> {
  using source = tokens<V, L>;
  using likelihood = net<inputs<named<"tokens", source>, named<"targets", source>, named<"coefficients", input<L>>>,
                         heads<head<"states", pick<"tokens">, Front...>, head<"targets", pick<"targets">>,
                               head<"coefficients", pick<"coefficients">>>,
                         typename End::likelihood>;
  using states = net<source, Front..., typename End::states>;
};
template <class Net>
using ended_of = ended<typename Net::source_type, typename parts<Net>::split::front, typename parts<Net>::end>;

}  // namespace sequences

namespace contract {

/// What every generator of sequences fulfils.
template <class Generator>
consteval text sequence_generator() {
  using net_type = typename Generator::net_type;
  using apart = sequences::parts<net_type>;
  if constexpr (!net_type::well_formed) {
    return {};
  } else if constexpr (apart::length == 0) {
    return text("takes tokens<Vocabulary,Length> alone, not ") << show(net_type::source);
  } else if constexpr (apart::end::vocabulary == 0) {
    return text("wants to end in token_distribution<") << apart::vocabulary << ">, gives " << show(net_type::outputs);
  } else {
    if (apart::end::vocabulary != apart::vocabulary)
      return text("reads ") << apart::vocabulary << " tokens but gives the probabilities of " << apart::end::vocabulary;
    return stepping_verdict<Generator>().why;
  }
}

}  // namespace contract

/// A net that gives the distribution of the next token at each position of a sequence: tokens<V,L> at the beginning,
/// token_distribution<V> at the end, and in between layers that can be stepped.
///
///     struct writer : net<tokens<5000, 20>, embedding<32>, lstm<32>, token_distribution<5000>> {};
///
/// It reads the sequence moved on by one position, token 0 in front: position t sees the tokens before it.
template <class Net>
concept is_sequence_generator = is_net<Net> && sequences::parts<typename Net::net_type>::end::vocabulary > 0 &&
                                contract::sequence_generator<Net>().size() == 0;

/// The net on a generator's parameters that is trained: from tokens, targets and coefficients to the log-probabilities
/// of the targets. See token_likelihood.
template <is_sequence_generator Generator>
using likelihood_of = typename sequences::ended_of<typename Generator::net_type>::likelihood;

/// The net on a generator's parameters that gives the hidden states at the next position.
template <is_sequence_generator Generator>
using stepping_of = with_length<typename sequences::ended_of<typename Generator::net_type>::states, 1>;

}  // namespace genet
