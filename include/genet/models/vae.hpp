#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "../layers/vae.hpp"
#include "../kernels.hpp"
#include "../run/in_batches.hpp"
#include "../run/model.hpp"
#include "../train/elbo.hpp"
#include "generation.hpp"

namespace genet::inline GENET_ISA {

/// The distribution of the latent code given data, q(z|x): two arrays of shape (count, latent).
template <class T>
struct codes {
  samples<T> mean, log_variance;
};

/// What a trained VAE does: `m.encode(x)`, `m.decode(z)`, `m.reconstruct(x)`, `m.sample(n)`; a conditional one wants a
/// label for each row as well, or the class of all samples. Samples take a seed and a temperature, the standard deviation
/// of the codes: 1 is the prior, below it pictures are more typical and less diverse. These are conveniences that make a
/// session of their own; a program that calls them in a loop keeps a session. Numbers that are no whole rows, labels that
/// the model does not take, and temperatures that are not above 0 and finite are a usage_error.
template <is_net Encoder, is_net Decoder, class Likelihood, class Model>
struct model_actions<vae<Encoder, Decoder, Likelihood>, Model> {
  static constexpr bool conditional = vae<Encoder, Decoder, Likelihood>::conditional;
  using labels_of_rows = std::span<const std::int32_t>;

  /// q(z|x) of rows of x, (count, input).
  template <class M = Model, class T = typename M::scalar>
  codes<T> encode(std::type_identity_t<std::span<const T>> x) const requires(!conditional) {
    return encode_rows<T>(x, {});
  }
  template <class M = Model, class T = typename M::scalar>
  codes<T> encode(std::type_identity_t<std::span<const T>> x, labels_of_rows labels) const requires conditional {
    return encode_rows<T>(x, labels);
  }

  /// The mean of p(x|z): pictures, (count, input).
  template <class M = Model, class T = typename M::scalar>
  samples<T> decode(std::type_identity_t<std::span<const T>> z) const requires(!conditional) {
    return decode_rows<T>(z, {});
  }
  template <class M = Model, class T = typename M::scalar>
  samples<T> decode(std::type_identity_t<std::span<const T>> z, labels_of_rows labels) const requires conditional {
    return decode_rows<T>(z, labels);
  }

  /// Through the mean of the code and back.
  template <class M = Model, class T = typename M::scalar>
  samples<T> reconstruct(std::type_identity_t<std::span<const T>> x) const requires(!conditional) {
    return decode(encode(x).mean.values);
  }
  template <class M = Model, class T = typename M::scalar>
  samples<T> reconstruct(std::type_identity_t<std::span<const T>> x, labels_of_rows labels) const
      requires conditional {
    return decode(encode(x, labels).mean.values, labels);
  }

  /// Means of p(x|z) for z drawn from the normal prior; the same seed gives the same pictures.
  template <class M = Model, class T = typename M::scalar>
  samples<T> sample(long n, seed from = {0}, double temperature = 1) const requires(!conditional) {
    return decode(codes_for<T>("sample", n, from, temperature));
  }
  /// The same of one class: for another label with the same seed the codes are the same.
  template <class M = Model, class T = typename M::scalar>
  samples<T> sample(long n, std::int32_t label, seed from = {0}, double temperature = 1) const
      requires conditional {
    return decode(codes_for<T>("sample", n, from, temperature), std::vector<std::int32_t>(static_cast<std::size_t>(n), label));
  }
  /// The codes behind `sample`, (n, latent).
  template <class M = Model, class T = typename M::scalar>
  std::vector<T> prior(long n, seed from = {0}, double temperature = 1) const {
    return codes_for<T>("prior", n, from, temperature);
  }

 private:
  template <class T>
  static std::vector<T> codes_for(const char* who, long n, seed from, double temperature) {
    return generation::noise<T>(who, n, Decoder::net_type::input_shape, from, temperature);
  }
  template <class T>
  codes<T> encode_rows(std::span<const T> x, labels_of_rows labels) const {
    constexpr shape latent = Decoder::net_type::input_shape;
    const long count = generation::rows_of<Encoder>("encode", x.size(), labels);
    codes<T> q{{latent, count, {}}, {latent, count, {}}};
    in_batches<Encoder, T>(self().template part<"encoder">(), x.data(), labels.data(), count, [&](auto& s) {
      append(q.mean.values, s.output(0));
      append(q.log_variance.values, s.output(1));
    });
    return q;
  }
  template <class T>
  samples<T> decode_rows(std::span<const T> z, labels_of_rows labels) const {
    const long count = generation::rows_of<Decoder>("decode", z.size(), labels);
    samples<T> x{Decoder::net_type::output_shape, count, {}};
    in_batches<Decoder, T>(self().template part<"decoder">(), z.data(), labels.data(), count,
                           [&](auto& s) { append(x.values, s.output(0)); });
    likelihood_mean(Likelihood{}, x.values.data(), x.values.data(), static_cast<long>(x.values.size()));
    return x;
  }
  const Model& self() const { return static_cast<const Model&>(*this); }
  template <class T>
  static void append(std::vector<T>& to, std::span<const T> from) {
    to.insert(to.end(), from.begin(), from.end());
  }
};

}  // namespace genet
