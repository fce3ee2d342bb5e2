#pragma once
#include <type_traits>

#include <boost/hana/tuple.hpp>
#include <boost/hana/type.hpp>

#include "../declare/net.hpp"
#include "../declare/tangent.hpp"
#include "pick.hpp"

namespace genet::inline GENET_ISA {

// What the two nets of a gan play for; their formulas are in train/adversarial.hpp.
struct non_saturating;
struct minimax;
struct least_squares;
struct hinge;
template <class Lipschitz>
struct wasserstein;
template <class Objective, class Penalty>
struct penalised;
struct clipping;
struct gradient_penalty;
struct lipschitz_penalty;
struct r1_penalty;

/// The discriminator sees M examples at once, joined along the channels (Lin et al. 2018, PacGAN): `pack<2>`.
template <int M>
struct pack {};
/// The model also keeps the exponential moving average of the generator's parameters and state, by this decay a
/// step; samples are drawn from it (Karras et al. 2018): `average<0.999>`.
template <real Decay>
struct average {};

/// A seqgan's generator feels the gradient of the score through its tokens instead of learning from rewards: forward they
/// are what was drawn, backward they are its probabilities (Bengio et al. 2013), those at a temperature
/// (Jang et al. 2017): `straight_through<0.5>`. The gradient is biased but varies less.
template <real Temperature = 1>
struct straight_through {};

namespace adversarial_options {

template <class Objective>
inline constexpr bool penalises_gradient = false;
template <class Lipschitz>
inline constexpr bool penalises_gradient<wasserstein<Lipschitz>> = !std::is_same_v<Lipschitz, clipping>;
template <class Objective, class Penalty>
inline constexpr bool penalises_gradient<penalised<Objective, Penalty>> = true;

struct values {
  int pack = 1;
  double decay = 0;
  double straight_through = 0;  // the temperature; 0: policy gradients
  text wrong{};
};
template <int M>
constexpr void set(values& v, boost::hana::basic_type<pack<M>>) {
  if (M < 2) v.wrong << "pack<" << M << "> wants at least two examples";
  v.pack = M;
}
template <real Decay>
constexpr void set(values& v, boost::hana::basic_type<average<Decay>>) {
  if (Decay.value() <= 0 || Decay.value() >= 1)
    v.wrong << "average<" << show(Decay) << "> wants a decay between 0 and 1";
  v.decay = Decay.value();
}
template <real Temperature>
constexpr void set(values& v, boost::hana::basic_type<straight_through<Temperature>>) {
  if (Temperature.value() <= 0) v.wrong << "straight_through<" << show(Temperature) << "> wants a positive temperature";
  v.straight_through = Temperature.value();
}
template <class Other>
constexpr void set(values& v, boost::hana::basic_type<Other>) {
  v.wrong << type_name<Other>() << " is no option of a gan; there are pack<M> and average<Decay>";
}
template <class... Option>
constexpr values read() {
  values v;
  (set(v, boost::hana::type_c<Option>), ...);
  return v;
}

}  // namespace adversarial_options

namespace contract {

/// What a gan asks of its two nets.
template <class Generator, class Discriminator, class Objective>
consteval verdict gan(const adversarial_options::values& o) {
  constexpr bundle from = Generator::net_type::source, made = Generator::net_type::outputs;
  constexpr bundle seen = Discriminator::net_type::source, said = Discriminator::net_type::outputs;
  auto refused = [](const text& why) { return verdict{true, text("gan: ") << why}; };
  if (o.wrong.size()) return refused(o.wrong);
  if (o.straight_through > 0) return refused("straight_through<T> is an option of seqgan, not of gan");
  const bool variational = made.n == 3 && made.find("mean") == 1 && made.find("log_variance") == 2;
  if ((made.n != 1 && !variational) || made[0].kind != element::real)
    return refused(text("generator wants to give one image, or to be a vae, gives ") << show(made));
  if (variational && o.decay > 0) return refused("a vae as the generator is not averaged");
  if (from.n > 2 || from[0].kind != element::real || (from.n == 2 && from[1].kind != element::label))
    return refused(text("generator takes noise or an image, and perhaps a label after it, not ") << show(from));
  if (seen.n > 2 || seen[0].kind != element::real || (seen.n == 2 && seen[1].kind != element::label))
    return refused(text("discriminator takes an image, and perhaps a label after it, not ") << show(seen));
  shape picture = made[0].s;
  picture.d[0] *= o.pack;
  if (seen[0].s != picture)
    return refused(text("generator gives ")
                   << show(made[0].s) << (o.pack > 1 ? (text(", packed ") << show(picture)) : text())
                   << " but discriminator takes " << show(seen[0].s));
  if (!from[0].drawn && from[0].s != made[0].s)
    return refused(text("generator takes ") << show(from[0].s) << ", which is neither noise<N> nor the image "
                                            << show(made[0].s) << " that it gives");
  if (seen.n == 2 && from.n != 2) return refused("discriminator reads labels, generator does not");
  if (seen.n == 2 && from[1].limit != seen[1].limit)
    return refused(text("generator reads labels below ")
                   << from[1].limit << ", discriminator below " << seen[1].limit);
  if (o.pack > 1 && from.n == 2) return refused("packed examples have no one label");
  if (said[0].kind != element::real || (said[0].s.rank != 3 && said[0].s != vector_shape(1)) ||
      (said[0].s.rank == 3 && said[0].s[0] != 1))
    return refused(text("discriminator wants to end in one logit (1) or in a map of logits (1,H,W), gives ")
                   << show(said));
  const int classes = said.find("class"), features = said.find("features");
  if (said.n != 1 + (classes > 0) + (features > 0))
    return refused(text("discriminator wants to give a score, or heads of which score is the first and class and "
                        "features may follow, gives ")
                   << show(said));
  if (classes > 0 && (from.n != 2 || from[1].limit != said[classes].s.size()))
    return refused(text("discriminator tells ") << said[classes].s.size() << " classes, but generator "
                                                << (from.n == 2 ? text("reads labels below ") << from[1].limit
                                                                : text("reads no labels")));
  if (features > 0 && from[0].drawn)
    return refused("discriminator gives features for a reconstruction, but generator starts from noise");
  if constexpr (adversarial_options::penalises_gradient<Objective>)
    if (tangent_verdict<Discriminator>().refused)
      return refused(text("discriminator: ") << tangent_verdict<Discriminator>().why);
  return {};
}

}  // namespace contract

namespace composed {

template <class Source>
struct sources_of {
  using first = Source;
};
template <fixed_string N, class S, class... More>
struct sources_of<inputs<named<N, S>, More...>> {
  using first = S;
};
template <fixed_string N, class S, fixed_string M, class Label>
struct sources_of<inputs<named<N, S>, named<M, Label>>> {
  using first = S;
  using label = Label;
};

/// A net that holds the parameters of the parts; they run one by one, by sessions of their own.
template <class Generator, class Discriminator, bool Averages>
struct gan_net {
  static constexpr bool labelled = Generator::net_type::source.n == 2;
  static constexpr bool judges_labels = Discriminator::net_type::source.n == 2;
  using generator_source = sources_of<typename Generator::net_type::source_type>;
  using image = typename sources_of<typename Discriminator::net_type::source_type>::first;

  template <class... Label>
  using sources = inputs<named<"noise", typename generator_source::first>, named<"image", image>, Label...>;

  template <class Made, class Seen, class... More>
  using parts = heads<head<"generated", Made, part<"generator", Generator>>,
                      head<"score", Seen, part<"discriminator", Discriminator>>, More...>;
  template <class Source, class Made, class Seen>
  static auto choose() {
    if constexpr (Averages)
      return std::type_identity<
          net<Source, parts<Made, Seen, head<"averaged", Made, part<"average", Generator>>>>>();
    else
      return std::type_identity<net<Source, parts<Made, Seen>>>();
  }
  static auto choose() {
    if constexpr (labelled) {
      using source = sources<named<"label", typename generator_source::label>>;
      using seen = std::conditional_t<judges_labels, pick<"image", "label">, pick<"image">>;
      return choose<source, pick<"noise", "label">, seen>();
    } else {
      return choose<sources<>, pick<"noise">, pick<"image">>();
    }
  }
  using type = typename decltype(choose())::type;
};

/// What models of a generator and a discriminator have in common. Kind: their contract, and the net that holds their
/// parts. A model whose contract is broken stands for an empty net, so that the broken contract is the only error.
template <class Kind, class Generator, class Discriminator, class Objective, class... Option>
struct two_nets {
  using generator = Generator;
  using discriminator = Discriminator;
  using objective = Objective;
  /// The parts as a Hana sequence of types.
  static constexpr auto parts = boost::hana::tuple_t<Generator, Discriminator>;
  static constexpr adversarial_options::values options = adversarial_options::read<Option...>();
  /// There is a part that is the generator's average.
  static constexpr bool averages = options.decay > 0;
  static constexpr bool parts_hold = Generator::net_type::well_formed && Discriminator::net_type::well_formed;
  /// Parts that are ill-formed have spoken for themselves.
  static constexpr verdict agreement =
      parts_hold ? Kind::template contract<Generator, Discriminator, Objective>(options) : verdict{};

 private:
  static constexpr auto choose() {
    if constexpr (!parts_hold || agreement.refused)
      return std::type_identity<net<input<1>>>();
    else
      return std::type_identity<typename Kind::template net_of<Generator, Discriminator, averages>::type>();
  }

 public:
  using composed_net = typename decltype(choose())::type;
};

struct gan_kind {
  template <class Generator, class Discriminator, class Objective>
  static consteval verdict contract(const adversarial_options::values& o) {
    return genet::contract::gan<Generator, Discriminator, Objective>(o);
  }
  template <class Generator, class Discriminator, bool Averages>
  using net_of = gan_net<Generator, Discriminator, Averages>;
};

}  // namespace composed

/// A generative adversarial network (Goodfellow et al. 2014): a generator from noise (or an image) to images, and a
/// discriminator from images to a logit or a map of logits. Both may read labels; a discriminator may give the heads
/// `score` and `class` (Odena et al. 2017, ACGAN). The objective is `non_saturating`, `minimax`, `least_squares`,
/// `hinge`, `wasserstein<clipping>`, `wasserstein<gradient_penalty>`, `wasserstein<lipschitz_penalty>`, or any of
/// them with a penalty, `penalised<non_saturating, r1_penalty>`. A generator from images may be a vae, and a
/// discriminator may give the head `features`, in which what it makes is compared with the image (Larsen et al. 2016,
/// VAE/GAN; here the encoder feels the adversary, too). Options: `pack<M>`, `average<Decay>`. As a model it
/// holds the parts `generator.`, `discriminator.` and perhaps `average.`. That the nets fit together is checked here.
template <is_net Generator, is_net Discriminator, class Objective = non_saturating, class... Option>
class gan : public composed::two_nets<composed::gan_kind, Generator, Discriminator, Objective, Option...>,
            public composed::two_nets<composed::gan_kind, Generator, Discriminator, Objective, Option...>::composed_net {
  using two_nets = composed::two_nets<composed::gan_kind, Generator, Discriminator, Objective, Option...>;

 public:
  /// What the generator makes, and the discriminator sees, one or packed.
  static constexpr shape image_shape = Generator::net_type::output_shape;
  /// How many classes its labels have; 0: it reads none.
  static constexpr int classes = Generator::net_type::source.n == 2 ? Generator::net_type::source[1].limit : 0;
  /// Which outputs of the discriminator are the classes that it tells, and the features in which images are compared;
  /// -1: none.
  static constexpr int class_output = Discriminator::net_type::outputs.find("class");
  static constexpr int feature_output = Discriminator::net_type::outputs.find("features");
  /// The generator is a vae.
  static constexpr bool variational = Generator::net_type::outputs.n == 3;
  /// The generator starts from noise, not from an image.
  static constexpr bool draws = Generator::net_type::source[0].drawn;

 private:
  using check_ = diagnosis::check<two_nets::agreement>;
};

template <class Declaration>
inline constexpr bool is_gan = false;
template <class... Part>
inline constexpr bool is_gan<gan<Part...>> = true;

}  // namespace genet
