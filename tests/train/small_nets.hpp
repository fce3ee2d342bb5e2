#pragma once
// Nets small enough to train in a test, and data for them.
#include <vector>

#include <genet/data/examples.hpp>
#include <genet/models/vae.hpp>
#include <genet/random/distributions.hpp>

namespace small_nets {

using namespace genet;

struct mlp_encoder
    : net<input<1, 3, 4>, flatten, dense<7>, relu, heads<head<"mean", dense<3>>, head<"log_variance", dense<3>>>> {};
struct mlp_decoder : net<input<3>, dense<7>, relu, dense<12>, reshape<1, 3, 4>> {};
using mlp = vae<mlp_encoder, mlp_decoder, bernoulli>;

struct article_encoder : net<input<1, 3, 4>, flatten, dense<7>, relu, batch_norm, dropout<0.2>,
                             heads<head<"mean", dense<3>>, head<"log_variance", dense<3>>>> {};
struct article_decoder : net<input<3>, dense<7>, relu, batch_norm, dropout<0.2>, dense<12>, reshape<1, 3, 4>> {};
using article = vae<article_encoder, article_decoder, bernoulli>;

struct labelled_encoder
    : net<inputs<named<"image", input<1, 3, 4>>, named<"label", labels<3>>>,
          heads<head<"x", pick<"image">, flatten>, head<"y", pick<"label">>>, with_label<3>, dense<7>, relu,
          heads<head<"mean", dense<3>>, head<"log_variance", dense<3>>>> {};
struct labelled_decoder : net<inputs<named<"code", input<3>>, named<"class", labels<3>>>, with_label<3, embedding<2>>,
                              dense<7>, relu, dense<12>, reshape<1, 3, 4>> {};
using labelled = vae<labelled_encoder, labelled_decoder, bernoulli>;

struct autoencoder : net<input<12>, dense<5>, tanh_, dense<12>> {};
struct classifier : net<input<2>, dense<16>, tanh_, dense<2>> {};

/// Grey values in [0, 1) that hang together a little, so that there is something to learn.
inline data::examples pictures(long count, long features, std::uint32_t which) {
  data::examples e{count, features, std::vector<float>(static_cast<std::size_t>(count * features)), {}};
  rng::uniform(std::span<float>(e.x), rng::key{77, which, 0});
  for (long i = 0; i < count; ++i)
    for (long k = 1; k < features; ++k) {
      float* x = e.x.data() + i * features;
      x[k] = 0.3f * x[k] + 0.7f * x[k - 1];
    }
  return e;
}

/// Pictures whose brightness is that of their class: about 0.2, 0.5 or 0.8.
inline data::examples classes_of_pictures(long count) {
  data::examples e = pictures(count, 12, 9);
  for (long i = 0; i < count; ++i) {
    e.labels.push_back(static_cast<std::int32_t>(i % 3));
    for (long k = 0; k < 12; ++k) {
      float& x = e.x[static_cast<std::size_t>(12 * i + k)];
      x = 0.2f + 0.3f * static_cast<float>(i % 3) + 0.2f * (x - 0.5f);
    }
  }
  return e;
}

template <class Model> auto parameters(const Model& m) {
  return std::vector<typename Model::scalar>(m.parameters().begin(), m.parameters().end());
}
template <class Model> auto state(const Model& m) {
  return std::vector<typename Model::scalar>(m.state().begin(), m.state().end());
}

}  // namespace small_nets
