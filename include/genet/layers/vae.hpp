#pragma once
#include <boost/hana/tuple.hpp>
#include <boost/hana/type.hpp>

#include "../declare/net.hpp"
#include "learned.hpp"
#include "pick.hpp"
#include "reparameterize.hpp"

namespace genet::inline GENET_ISA {

struct bernoulli;  // train/likelihoods.hpp

/// Likelihoods with a trained log-variance say how many numbers it has for so many elements; the model owns them as
/// `likelihood.log_variance` and gives them as the output `observation`.
template <class Likelihood>
concept learns_variance = requires {
  {Likelihood::log_variances(1L)};
  requires Likelihood::log_variances(1L)
  > 0;
};

namespace contract {

/// Whether a net takes labels beside its data: `inputs<named<"image", input<...>>, named<"label", labels<10>>>`.
constexpr bool takes_labels(const bundle& source) {
  return source.n == 2 && source[0].kind == element::real && source[1].kind == element::label;
}

/// What a variational autoencoder asks of its two nets.
template <class Encoder, class Decoder>
consteval verdict vae() {
  constexpr bundle data = Encoder::net_type::source, code = Encoder::net_type::outputs;
  constexpr bundle from = Decoder::net_type::source;
  constexpr shape image = Encoder::net_type::input_shape, picture = Decoder::net_type::output_shape;
  auto refused = [](const text& why) { return verdict{true, text("vae: ") << why}; };
  if (data.n != 1 && !takes_labels(data))
    return refused(text("encoder wants one tensor, or inputs of data and labels, takes ") << show(data));
  for (const char* head : {"mean", "log_variance"})
    if (code.find(head) < 0)
      return refused(text("encoder gives no ") << head << ", only " << show(code) << "; end it in heads");
  if (code.n != 2 || code.find("mean") != 0)
    return refused(text("encoder wants the heads mean, log_variance in this order, gives ") << show(code));
  if (code[0].s != code[1].s) return refused(text("the heads of the encoder differ: ") << show(code));
  if ((from.n != 1 && !takes_labels(from)) || from[0].s != code[0].s)
    return refused(text("decoder takes ") << show(from) << " but the latent of the encoder is " << show(code[0].s));
  if (data.n != from.n)
    return refused(data.n == 2 ? "encoder takes labels, decoder takes none; give it inputs of code and labels"
                               : "decoder takes labels, encoder takes none; give it inputs of data and labels");
  if (data.n == 2 && data[1].limit != from[1].limit)
    return refused(text("encoder takes labels below ") << data[1].limit << ", decoder labels below " << from[1].limit);
  if (Decoder::net_type::outputs.n != 1)
    return refused(text("decoder wants one output, gives ") << show(Decoder::net_type::outputs));
  if (picture != image)
    return refused(text("decoder gives ") << show(picture) << " but encoder takes " << show(image));
  return {};
}

}  // namespace contract

namespace composed {

/// How what a VAE takes, and the code, reach its two nets: their only tensor,
template <class Data, class Code>
struct route {
  template <class Encoder>
  using encode = part<"encoder", Encoder>;
  template <class Decoder>
  using decode = chain<pick<"code">, part<"decoder", Decoder>>;
  using codes = heads<head<"code", reparameterize>, head<"mean", pick<"mean">>,
                      head<"log_variance", pick<"log_variance">>>;
};
/// or two, the label being the same, each under the names that the net gave them.
template <fixed_string Data, class D, fixed_string Label, class L, fixed_string Code, class C, fixed_string Again, class A>
struct route<inputs<named<Data, D>, named<Label, L>>, inputs<named<Code, C>, named<Again, A>>> {
  template <class Encoder>
  using encode = heads<head<"posterior", part<"encoder", Encoder>>, head<"label", pick<Label>>>;
  template <class Decoder>
  using decode = chain<heads<head<Code, pick<"code">>, head<Again, pick<"label">>>, part<"decoder", Decoder>>;
  using codes = heads<head<"code", pick<"mean", "log_variance">, reparameterize>, head<"mean", pick<"mean">>,
                      head<"log_variance", pick<"log_variance">>, head<"label", pick<"label">>>;
};

template <class Encoder, class Decoder, class Likelihood>
struct vae_net {
  using source = typename Encoder::net_type::source_type;
  using way = route<source, typename Decoder::net_type::source_type>;
  template <class... More>
  using giving = net<source, typename way::template encode<Encoder>, typename way::codes,
                     heads<head<"reconstruction", typename way::template decode<Decoder>>, head<"mean", pick<"mean">>,
                           head<"log_variance", pick<"log_variance">>, More...>>;
  using code = head<"code", pick<"code">>;
  using type = giving<>;
  using coded = giving<code>;
};
template <class Encoder, class Decoder, learns_variance Likelihood>
struct vae_net<Encoder, Decoder, Likelihood> : vae_net<Encoder, Decoder, void> {
  using base = vae_net<Encoder, Decoder, void>;
  static constexpr int n = static_cast<int>(Likelihood::log_variances(Encoder::net_type::input_shape.size()));
  using observing = head<"observation", part<"likelihood", net<input<1>, named<"log_variance", learned<n, "">>>>>;
  using type = typename base::template giving<observing>;
  using coded = typename base::template giving<typename base::code, observing>;
};

/// A model whose contract is broken stands for an empty net, so that the broken contract is the only error.
struct inert {
  using type = net<input<1>>;
  using coded = type;
};

template <class Encoder, class Decoder, class Likelihood>
using fitting = std::conditional_t<Encoder::net_type::well_formed && Decoder::net_type::well_formed &&
                                   !contract::vae<Encoder, Decoder>().refused,
                               vae_net<Encoder, Decoder, Likelihood>, inert>;

}  // namespace composed

/// A variational autoencoder (Kingma & Welling 2014): an encoder into the heads `mean` and `log_variance`, a sample
/// of the latent code, and a decoder back. As a net it goes from the data to `reconstruction`, `mean` and
/// `log_variance`; its parameters are called `encoder.` and `decoder.`. That the two nets fit together is checked
/// here.
///
/// A conditional one (Sohn, Lee & Yan 2015) is of two nets that take a label of the same classes as well, the encoder
/// `inputs<named<"image", input<...>>, named<"label", labels<10>>>` and the decoder
/// `inputs<named<"code", input<...>>, named<"label", labels<10>>>`, in this order; the names are free.
template <is_net Encoder, is_net Decoder, class Likelihood = bernoulli>
class vae : public composed::fitting<Encoder, Decoder, Likelihood>::type {
 public:
  using encoder = Encoder;
  using decoder = Decoder;
  using likelihood = Likelihood;
  /// The parts as a Hana sequence of types.
  static constexpr auto parts = boost::hana::tuple_t<Encoder, Decoder>;
  static constexpr shape latent_shape = Decoder::net_type::input_shape;
  /// Whether it takes labels, and below which number.
  static constexpr bool conditional = contract::takes_labels(Encoder::net_type::source);
  static constexpr int classes = conditional ? Encoder::net_type::source[1].limit : 0;
  /// The net with one more output behind these three, the `code` that was drawn.
  using coded = typename composed::fitting<Encoder, Decoder, Likelihood>::coded;
  /// Of the two nets; parts that are ill-formed have spoken for themselves.
  static constexpr verdict agreement = Encoder::net_type::well_formed && Decoder::net_type::well_formed
                                           ? contract::vae<Encoder, Decoder>()
                                           : verdict{};

 private:
  using check_ = diagnosis::check<agreement>;
};

}  // namespace genet
