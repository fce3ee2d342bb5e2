#pragma once
#include <type_traits>

#include "../declare/tangent.hpp"
#include "embedding.hpp"
#include "gan.hpp"
#include "sequence_generator.hpp"

namespace genet::inline GENET_ISA {

/// The discriminator is a classifier, its probability of being real the reward (Yu et al. 2017); the formulas are in
/// train/sequence_adversarial.hpp.
struct binary;
/// The critic's layers are spectral_norm<...>, so that it is Lipschitz by itself: `wasserstein<spectral>`.
struct spectral;
template <>
inline constexpr bool adversarial_options::penalises_gradient<wasserstein<spectral>> = false;

namespace sequences {

/// A discriminator that begins with an embedding, as a net over embedded sequences; its parameters are those behind
/// the embedding's.
template <class Net>
struct embedded {
  static constexpr bool exists = false;
};
template <int V, int L, int E, class... O, class... Layers>
struct embedded<net<tokens<V, L>, embedding<E, O...>, Layers...>> {
  static constexpr bool exists = true;
  static constexpr long width = E;
  using type = net<input<L, E>, Layers...>;
};

template <class Generator, class Discriminator, bool Averages>
struct seqgan_net {
  using source = typename Generator::net_type::source_type;
  using generated = head<"generated", part<"generator", Generator>>;
  using score = head<"score", part<"discriminator", Discriminator>>;
  using type = std::conditional_t<
      Averages, net<source, heads<generated, score, head<"averaged", part<"average", Generator>>>>,
      net<source, heads<generated, score>>>;
};

}  // namespace sequences

namespace contract {

/// What a seqgan asks of its two nets.
template <class Generator, class Discriminator, class Objective>
consteval verdict seqgan(const adversarial_options::values& o) {
  auto refused = [](const text& why) { return verdict{true, text("seqgan: ") << why}; };
  constexpr bundle from = Generator::net_type::source, seen = Discriminator::net_type::source,
                   said = Discriminator::net_type::outputs;
  if (o.wrong.size()) return refused(o.wrong);
  if (o.pack > 1) return refused("pack<M> is an option of gan, not of seqgan");
  if (const text why = sequence_generator<Generator>(); why.size()) return refused(text("generator ") << why);
  if (seen.n != 1 || seen[0].kind != element::token)
    return refused(text("discriminator takes the tokens that the generator gives, not ") << show(seen));
  if (seen[0].s != from[0].s || seen[0].limit != from[0].limit)
    return refused(text("generator gives ") << from[0].s[0] << " of " << from[0].limit
                                            << " tokens but discriminator takes " << seen[0].s[0] << " of "
                                            << seen[0].limit);
  if (said.n != 1 || said[0].kind != element::real || said[0].s != vector_shape(1))
    return refused(text("discriminator wants to end in one score (1), gives ") << show(said));
  if (o.straight_through > 0 && o.decay > 0)
    return refused("a generator that learns straight through completes no sequences, so there is nothing to average "
                   "for");
  if (o.straight_through > 0 && !sequences::embedded<typename Discriminator::net_type>::exists)
    return refused("discriminator: gradients flow through embedded tokens, so it wants to begin with embedding<E>");
  if constexpr (adversarial_options::penalises_gradient<Objective>) {
    using apart = sequences::embedded<typename Discriminator::net_type>;
    if constexpr (!apart::exists)
      return refused("discriminator: a penalty is on the gradient at embedded tokens, so it wants to begin with "
                     "embedding<E>");
    else if (tangent_verdict<typename apart::type>().refused)
      return refused(text("discriminator: ") << tangent_verdict<typename apart::type>().why);
  }
  return {};
}

}  // namespace contract

namespace composed {

struct seqgan_kind {
  template <class Generator, class Discriminator, class Objective>
  static consteval verdict contract(const adversarial_options::values& o) {
    return genet::contract::seqgan<Generator, Discriminator, Objective>(o);
  }
  template <class Generator, class Discriminator, bool Averages>
  using net_of = sequences::seqgan_net<Generator, Discriminator, Averages>;
};

}  // namespace composed

/// A generator of sequences that learns from a discriminator by policy gradients (Yu et al. 2017, SeqGAN): the
/// generator from tokens<V,L> to token_distribution<V>, the discriminator from the same tokens to a score. The
/// objective is `binary`, `wasserstein<clipping>`, `wasserstein<spectral>` or `wasserstein<gradient_penalty>`, whose penalty is at
/// embedded sequences. With the option `average<Decay>` sequences are completed by the moving average of the generator
/// instead of by itself; with straight_through<T> there are no rewards. As a model it holds the parts `generator.`,
/// `discriminator.` and perhaps `average.`.
template <is_net Generator, is_net Discriminator, class Objective = binary, class... Option>
class seqgan
    : public composed::two_nets<composed::seqgan_kind, Generator, Discriminator, Objective, Option...>,
      public composed::two_nets<composed::seqgan_kind, Generator, Discriminator, Objective, Option...>::composed_net {
  using two_nets = composed::two_nets<composed::seqgan_kind, Generator, Discriminator, Objective, Option...>;
  using check_ = diagnosis::check<two_nets::agreement>;
};

template <class Declaration>
inline constexpr bool is_seqgan = false;
template <class... Part>
inline constexpr bool is_seqgan<seqgan<Part...>> = true;

}  // namespace genet
