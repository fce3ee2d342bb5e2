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

/// What a variational autoencoder asks of its two nets.
template <class Encoder, class Decoder>
consteval verdict vae() {
  constexpr bundle code = Encoder::net_type::outputs, from = Decoder::net_type::source;
  constexpr shape image = Encoder::net_type::input_shape, picture = Decoder::net_type::output_shape;
  auto refused = [](const text& why) { return verdict{true, text("vae: ") << why}; };
  for (const char* head : {"mean", "log_variance"})
    if (code.find(head) < 0)
      return refused(text("encoder gives no ") << head << ", only " << show(code) << "; end it in heads");
  if (code.n != 2 || code.find("mean") != 0)
    return refused(text("encoder wants the heads mean, log_variance in this order, gives ") << show(code));
  if (code[0].s != code[1].s) return refused(text("the heads of the encoder differ: ") << show(code));
  if (from.n != 1 || from[0].s != code[0].s)
    return refused(text("decoder takes ") << show(from) << " but the latent of the encoder is " << show(code[0].s));
  if (Decoder::net_type::outputs.n != 1)
    return refused(text("decoder wants one output, gives ") << show(Decoder::net_type::outputs));
  if (picture != image)
    return refused(text("decoder gives ") << show(picture) << " but encoder takes " << show(image));
  return {};
}

}  // namespace contract

namespace composed {

template <class Encoder, class Decoder, class Likelihood>
struct vae_net {
  using decoding = head<"reconstruction", reparameterize, part<"decoder", Decoder>>;
  using type = net<typename Encoder::net_type::source_type, part<"encoder", Encoder>,
                   heads<decoding, head<"mean", pick<"mean">>, head<"log_variance", pick<"log_variance">>>>;
};
template <class Encoder, class Decoder, learns_variance Likelihood>
struct vae_net<Encoder, Decoder, Likelihood> {
  static constexpr int n = static_cast<int>(Likelihood::log_variances(Encoder::net_type::input_shape.size()));
  using decoding = head<"reconstruction", reparameterize, part<"decoder", Decoder>>;
  using observing = head<"observation", part<"likelihood", net<input<1>, named<"log_variance", learned<n, "">>>>>;
  using type =
      net<typename Encoder::net_type::source_type, part<"encoder", Encoder>,
          heads<decoding, head<"mean", pick<"mean">>, head<"log_variance", pick<"log_variance">>, observing>>;
};

/// A model whose contract is broken stands for an empty net, so that the broken contract is the only error.
struct inert {
  using type = net<input<1>>;
};

}  // namespace composed

/// A variational autoencoder (Kingma & Welling 2014): an encoder into the heads `mean` and `log_variance`, a sample
/// of the latent code, and a decoder back. As a net it goes from the data to `reconstruction`, `mean` and
/// `log_variance`; its parameters are called `encoder.` and `decoder.`. That the two nets fit together is checked
/// here.
template <is_net Encoder, is_net Decoder, class Likelihood = bernoulli>
class vae : public std::conditional_t<Encoder::net_type::well_formed && Decoder::net_type::well_formed &&
                                          !contract::vae<Encoder, Decoder>().refused,
                                      composed::vae_net<Encoder, Decoder, Likelihood>, composed::inert>::type {
 public:
  using encoder = Encoder;
  using decoder = Decoder;
  using likelihood = Likelihood;
  /// The parts as a Hana sequence of types.
  static constexpr auto parts = boost::hana::tuple_t<Encoder, Decoder>;
  static constexpr shape latent_shape = Decoder::net_type::input_shape;
  /// Of the two nets; parts that are ill-formed have spoken for themselves.
  static constexpr verdict agreement = Encoder::net_type::well_formed && Decoder::net_type::well_formed
                                           ? contract::vae<Encoder, Decoder>()
                                           : verdict{};

 private:
  using check_ = diagnosis::check<agreement>;
};

}  // namespace genet
