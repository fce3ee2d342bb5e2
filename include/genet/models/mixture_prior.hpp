#pragma once
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "../data/examples.hpp"
#include "gaussian_mixture.hpp"
#include "importance_bound.hpp"

namespace genet::inline GENET_ISA {

/// One code of each example, drawn from q(z|x), (count, latent): draws from the aggregate posterior, which is what the
/// decoder has seen in training; seldom quite the prior. A function of `from` and the number of the example.
template <is_net Encoder, is_net Decoder, class Likelihood, class T>
std::vector<T> aggregate_codes(const model<vae<Encoder, Decoder, Likelihood>, T>& m, const data::examples& x,
                               seed from = {0}) {
  const std::vector<T> values(x.x.begin(), x.x.end());
  const codes<T> q = [&] {
    if constexpr (vae<Encoder, Decoder, Likelihood>::conditional) return m.encode(values, x.labels);
    else return m.encode(values);
  }();
  std::vector<T> z(q.mean.values.size());
  const auto latent = static_cast<std::size_t>(q.mean.s.size());
  for (long i = 0; i < q.mean.count; ++i)
    bound::draw_codes(std::span(z).subspan(static_cast<std::size_t>(i) * latent, latent), q.mean[i], q.log_variance[i],
                      rng::key{from.value, stream::sampling + 2, static_cast<std::uint64_t>(i)}, 0);
  return z;
}

/// A mixture of normal distributions to draw codes from in the place of a vae's prior, fitted to codes of its data when
/// it is trained: samples of the same decoder that are more like the data, since the standard normal prior also holds
/// codes that no example has (Ghosh, Sajjadi, Vergari, Black & Scholkopf 2020, section 4; Dai & Wipf 2019). It is a
/// gaussian_mixture, with all of its members; K may be `dynamic`.
///
///     mixture_prior<clothes> prior(64);
///     prior.fit(m, images);
///     const samples<float> drawn = prior.sample(m, 100);
template <is_net Vae, long K = dynamic, class Covariance = full>
class mixture_prior : public gaussian_mixture<K, Vae::latent_shape.size(), Covariance> {
  using mixture = gaussian_mixture<K, Vae::latent_shape.size(), Covariance>;

 public:
  using mixture::fit;
  using mixture::mixture;
  using mixture::sample;

  /// Fits it to one code of each example; options and errors as of gaussian_mixture, whose seed draws the codes, too.
  template <class T>
  em_report fit(const model<Vae, T>& m, const data::examples& x, const mixture_options& o = {},
                tensor::team& team = tensor::alone()) {
    return mixture::fit({aggregate_codes(m, x, seed{o.seed}), Vae::latent_shape.size()}, o, {}, team);
  }

  /// Codes, (count, latent).
  template <class T = float>
  std::vector<T> draw_codes(long count, seed from = {0}) const {
    const auto z = mixture::sample(count, from.value).values;
    return std::vector<T>(z.begin(), z.end());
  }
  /// Means of p(x|z) for such codes, as the model's own `sample` gives for codes from its prior.
  template <class T>
  samples<T> sample(const model<Vae, T>& m, long count, seed from = {0}) const requires(!Vae::conditional) {
    return m.decode(draw_codes<T>(count, from));
  }
  template <class T>
  samples<T> sample(const model<Vae, T>& m, long count, std::int32_t label, seed from = {0}) const
      requires Vae::conditional {
    return m.decode(draw_codes<T>(count, from), std::vector<std::int32_t>(static_cast<std::size_t>(count), label));
  }
};

}  // namespace genet
