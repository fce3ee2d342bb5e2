#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "../kernels.hpp"
#include "../layers/gan.hpp"
#include "../random/distributions.hpp"
#include "../run/in_batches.hpp"
#include "../run/model.hpp"

namespace genet::inline GENET_ISA {

/// What a trained gan does: `m.sample(n)`, `m.generate(z)`, `m.judge(x)`; of one that reads labels `m.sample(labels)`,
/// `m.generate(z, labels)`, `m.judge(x, labels)`. Samples come from the averaged generator where the gan keeps one.
/// These are conveniences that make a session of their own; a program that calls them in a loop keeps a session.
/// Numbers that are no whole rows, and labels that are not as many as rows, are a usage_error.
template <is_net Generator, is_net Discriminator, class Objective, class... Option, class Model>
struct model_actions<gan<Generator, Discriminator, Objective, Option...>, Model> {
  using gan_type = gan<Generator, Discriminator, Objective, Option...>;

  /// What the generator makes of z, or of the images that it starts from, (count, input).
  template <class M = Model, class T = typename M::scalar>
  samples<T> generate(std::type_identity_t<std::span<const T>> z, std::span<const std::int32_t> labels = {}) const {
    const long count = rows_of("generate", z.size(), Generator::net_type::input_shape, labels.size(),
                               Generator::net_type::source.n == 2);
    samples<T> x{gan_type::image_shape, count, {}};
    in_batches<Generator, T>(generator(), z.data(), labels.data(), count,
                             [&](auto& s) { x.values.insert(x.values.end(), s.output().begin(), s.output().end()); });
    return x;
  }

  /// Images from standard normal noise; the same seed gives the same images.
  template <class M = Model, class T = typename M::scalar>
  samples<T> sample(long n, seed from = {0}) const requires(gan_type::draws && gan_type::classes == 0) {
    return generate(latent(n, from));
  }
  /// One for each label.
  template <class M = Model, class T = typename M::scalar>
  samples<T> sample(std::span<const std::int32_t> labels, seed from = {0}) const
      requires(gan_type::draws && (gan_type::classes > 0)) {
    return generate(latent(static_cast<long>(labels.size()), from), labels);
  }
  /// The noise behind `sample`, (n, noise).
  template <class M = Model, class T = typename M::scalar>
  std::vector<T> latent(long n, seed from = {0}) const {
    std::vector<T> z(static_cast<std::size_t>(n * Generator::net_type::input_shape.size()));
    rng::normal(std::span<T>(z), rng::key{from.value, stream::sampling, 0});
    return z;
  }

  /// The discriminator's scores of images, (count, score): logits, or a critic's values. Packed examples stand one
  /// behind the other and have one score together.
  template <class M = Model, class T = typename M::scalar>
  std::vector<T> judge(std::type_identity_t<std::span<const T>> x, std::span<const std::int32_t> labels = {}) const {
    const long count = rows_of("judge", x.size(), Discriminator::net_type::input_shape, labels.size(),
                               Discriminator::net_type::source.n == 2);
    std::vector<T> scores;
    in_batches<Discriminator, T>(self().template part<"discriminator">(), x.data(), labels.data(), count,
                                 [&](auto& s) { scores.insert(scores.end(), s.output(0).begin(), s.output(0).end()); });
    return scores;
  }

 private:
  static long rows_of(const char* who, std::size_t numbers, shape s, std::size_t labels, bool reads_labels) {
    const auto size = static_cast<std::size_t>(s.size());
    if (numbers % size != 0)
      errors::raise<usage_error>({who, ": ", numbers, " numbers are no whole rows of ", show(s).view()});
    if (labels != (reads_labels ? numbers / size : 0))
      errors::raise<usage_error>({who, ": ", numbers / size, " examples want ",
                                  reads_labels ? "as many labels" : "no labels", ", got ", labels});
    return static_cast<long>(numbers / size);
  }
  const Model& self() const { return static_cast<const Model&>(*this); }
  auto generator() const {
    if constexpr (gan_type::averages) return self().template part<"average">();
    else return self().template part<"generator">();
  }
};

}  // namespace genet
