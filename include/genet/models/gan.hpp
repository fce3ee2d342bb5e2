#pragma once
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "../kernels.hpp"
#include "../layers/gan.hpp"
#include "../run/in_batches.hpp"
#include "../run/model.hpp"
#include "generation.hpp"
#include "vae.hpp"

namespace genet::inline GENET_ISA {

namespace gan_actions {

/// The first output of a part's net for rows of x.
template <class Net, class T>
std::vector<T> first_output(const char* who, weights<T> w, std::span<const T> x, std::span<const std::int32_t> labels) {
  std::vector<T> all;
  in_batches<Net, T>(w, x.data(), labels.data(), generation::rows_of<Net>(who, x.size(), labels),
                     [&](auto& s) { all.insert(all.end(), s.output(0).begin(), s.output(0).end()); });
  return all;
}

/// What every gan does.
template <class Gan, class Model>
struct judging {
  /// The discriminator's scores of images, (count, score): logits, or a critic's values. Packed examples stand one
  /// behind the other and have one score together.
  template <class M = Model, class T = typename M::scalar>
  std::vector<T> judge(std::type_identity_t<std::span<const T>> x, std::span<const std::int32_t> labels = {}) const {
    const auto& m = static_cast<const Model&>(*this);
    return first_output<typename Gan::discriminator, T>("judge", m.template part<"discriminator">(), x, labels);
  }
};

}  // namespace gan_actions

/// What a trained gan does: `m.sample(n)`, `m.generate(z)`, `m.judge(x)`; of one that reads labels `m.sample(labels)`,
/// `m.generate(z, labels)`, `m.judge(x, labels)`. Samples come from the averaged generator where the gan keeps one.
/// Both ways of sampling take a seed and a temperature as well: the standard deviation of the noise, 1 in the training,
/// below it samples are more typical and less diverse, `m.sample(100, seed{1}, 0.7)`.
/// These are conveniences that make a session of their own; a program that calls them in a loop keeps a session.
/// Numbers that are no whole rows, labels that are not as many as rows or of no class, and temperatures that are not
/// above 0 and finite are a usage_error.
template <is_net Generator, is_net Discriminator, class Objective, class... Option, class Model>
struct model_actions<gan<Generator, Discriminator, Objective, Option...>, Model>
    : gan_actions::judging<gan<Generator, Discriminator, Objective, Option...>, Model> {
  using gan_type = gan<Generator, Discriminator, Objective, Option...>;

  /// What the generator makes of z, or of the images that it starts from, (count, input).
  template <class M = Model, class T = typename M::scalar>
  samples<T> generate(std::type_identity_t<std::span<const T>> z, std::span<const std::int32_t> labels = {}) const {
    samples<T> x{gan_type::image_shape, 0, gan_actions::first_output<Generator, T>("generate", generator(), z, labels)};
    x.count = static_cast<long>(x.values.size()) / gan_type::image_shape.size();
    return x;
  }

  /// Images from normal noise; the same seed gives the same images.
  template <class M = Model, class T = typename M::scalar>
  samples<T> sample(long n, seed from = {0}, double temperature = 1) const
      requires(gan_type::draws && gan_type::classes == 0) {
    return generate(noise_for<T>("sample", n, from, temperature));
  }
  /// One for each label.
  template <class M = Model, class T = typename M::scalar>
  samples<T> sample(std::span<const std::int32_t> labels, seed from = {0}, double temperature = 1) const
      requires(gan_type::draws && (gan_type::classes > 0)) {
    return generate(noise_for<T>("sample", static_cast<long>(labels.size()), from, temperature), labels);
  }
  /// The noise behind `sample`, (n, noise).
  template <class M = Model, class T = typename M::scalar>
  std::vector<T> latent(long n, seed from = {0}, double temperature = 1) const {
    return noise_for<T>("latent", n, from, temperature);
  }

 private:
  template <class T>
  static std::vector<T> noise_for(const char* who, long n, seed from, double temperature) {
    return generation::noise<T>(who, n, Generator::net_type::input_shape, from, temperature);
  }
  auto generator() const {
    const Model& m = static_cast<const Model&>(*this);
    if constexpr (gan_type::averages) return m.template part<"average">();
    else return m.template part<"generator">();
  }
};

/// Of a vae that an adversary judged: what a vae does, and `m.judge(x)`.
template <is_net Encoder, is_net Decoder, class Likelihood, is_net Discriminator, class Objective, class... Option,
          class Model>
struct model_actions<gan<vae<Encoder, Decoder, Likelihood>, Discriminator, Objective, Option...>, Model>
    : model_actions<vae<Encoder, Decoder, Likelihood>, Model>,
      gan_actions::judging<gan<vae<Encoder, Decoder, Likelihood>, Discriminator, Objective, Option...>, Model> {};

}  // namespace genet
