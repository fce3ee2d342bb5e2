#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "../layers/vae.hpp"
#include "../kernels.hpp"
#include "../random/distributions.hpp"
#include "../run/in_batches.hpp"
#include "../run/model.hpp"
#include "../train/elbo.hpp"

namespace genet::inline GENET_ISA {

/// The distribution of the latent code given data, q(z|x): two arrays of shape (count, latent).
template <class T>
struct codes {
  samples<T> mean, log_variance;
};

/// What a trained VAE does: `m.encode(x)`, `m.decode(z)`, `m.reconstruct(x)`, `m.sample(n)`; a conditional one wants a
/// label for each row as well, or the class of all samples. These are conveniences that make a session of their own; a
/// program that calls them in a loop keeps a session. Numbers that are no whole rows, and labels that the model does not
/// take, are a usage_error.
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

  /// Means of p(x|z) for z drawn from the standard normal prior; the same seed gives the same pictures.
  template <class M = Model, class T = typename M::scalar>
  samples<T> sample(long n, seed from = {0}) const requires(!conditional) {
    return decode(prior(n, from));
  }
  /// The same of one class: for another label with the same seed the codes are the same.
  template <class M = Model, class T = typename M::scalar>
  samples<T> sample(long n, std::int32_t label, seed from = {0}) const requires conditional {
    return decode(prior(n, from), std::vector<std::int32_t>(static_cast<std::size_t>(n), label));
  }
  /// The codes behind `sample`, (n, latent).
  template <class M = Model, class T = typename M::scalar>
  std::vector<T> prior(long n, seed from = {0}) const {
    std::vector<T> z(static_cast<std::size_t>(n * Decoder::net_type::input_shape.size()));
    rng::normal(std::span<T>(z), rng::key{from.value, stream::sampling, 0});
    return z;
  }

 private:
  static long rows_of(const char* who, std::size_t numbers, shape s, labels_of_rows labels) {
    if (numbers % static_cast<std::size_t>(s.size()) != 0)
      throw usage_error(std::string(who) + ": " + std::to_string(numbers) + " numbers are no whole rows of " +
                        std::string(show(s).view()));
    const long count = static_cast<long>(numbers) / s.size();
    if (!conditional) return count;
    if (static_cast<long>(labels.size()) != count)
      throw usage_error(std::string(who) + ": " + std::to_string(count) + " rows have " +
                        std::to_string(labels.size()) + " labels");
    constexpr int classes = vae<Encoder, Decoder, Likelihood>::classes;
    for (std::int32_t l : labels)
      if (l < 0 || l >= classes)
        throw usage_error(std::string(who) + ": label " + std::to_string(l) + ", the model takes 0 to " +
                          std::to_string(classes - 1));
    return count;
  }
  template <class T>
  codes<T> encode_rows(std::span<const T> x, labels_of_rows labels) const {
    constexpr shape in = Encoder::net_type::input_shape, latent = Decoder::net_type::input_shape;
    const long count = rows_of("encode", x.size(), in, labels);
    codes<T> q{{latent, count, {}}, {latent, count, {}}};
    in_batches<Encoder, T>(self().template part<"encoder">(), x.data(), labels.data(), count, [&](auto& s) {
      append(q.mean.values, s.output(0));
      append(q.log_variance.values, s.output(1));
    });
    return q;
  }
  template <class T>
  samples<T> decode_rows(std::span<const T> z, labels_of_rows labels) const {
    constexpr shape latent = Decoder::net_type::input_shape;
    const long count = rows_of("decode", z.size(), latent, labels);
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
