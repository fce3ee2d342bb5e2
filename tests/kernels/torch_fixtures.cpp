// Every layer and composition against what PyTorch computes (tests/fixtures/make_torch.py): values, gradients of
// inputs and parameters, and state. In double to 1e-10, in float to 1e-5 of the largest value.
#include <doctest/doctest.h>
#include <genet/declare.hpp>
#include <genet/kernels.hpp>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "fixtures.hpp"

using namespace genet;
using namespace fixtures;

namespace {

template <class A>
using alone = net<input<13>, A>;

}  // namespace

TEST_CASE_TEMPLATE("dense", T, double, float) {
  matches<net<input<6>, dense<5>>, T>("dense");
  matches<net<input<6>, dense<5, no_bias>>, T>("dense_no_bias");
  matches<net<input<6>, dense<5>, relu, dense<4>>, T>("dense_relu");
}
TEST_CASE_TEMPLATE("activations", T, double, float) {
  matches<alone<relu>, T>("relu");
  matches<alone<leaky_relu<0.2>>, T>("leaky_relu");
  matches<alone<elu<>>, T>("elu");
  matches<alone<elu<0.5>>, T>("elu_half");
  matches<alone<gelu>, T>("gelu");
  matches<alone<silu>, T>("silu");
  matches<alone<tanh_>, T>("tanh");
  matches<alone<sigmoid>, T>("sigmoid");
  matches<alone<softplus>, T>("softplus");
  matches<alone<softmax>, T>("softmax");
  matches<alone<log_softmax>, T>("log_softmax");
}
TEST_CASE_TEMPLATE("batch_norm, three batches one after the other", T, double, float) {
  matches<net<input<5>, batch_norm>, T>("batch_norm", mode::training, 3);
  matches<net<input<5>, batch_norm_with<epsilon<1e-3>, momentum<0.3>>>, T>("batch_norm_options", mode::training, 3);
  matches<net<input<5>, batch_norm>, T>("batch_norm_evaluation", mode::evaluation);
  matches<net<input<3, 2, 5>, batch_norm>, T>("batch_norm_image", mode::training, 3);
  matches<net<input<3, 2, 5>, batch_norm>, T>("batch_norm_image_evaluation", mode::evaluation);
}
TEST_CASE_TEMPLATE("layer_norm", T, double, float) {
  matches<net<input<11>, layer_norm>, T>("layer_norm");
  matches<net<input<3, 2, 5>, layer_norm>, T>("layer_norm_image");
}
TEST_CASE_TEMPLATE("dropout", T, double, float) {
  matches<net<input<9>, dropout<0.2>>, T>("dropout_evaluation", mode::evaluation);
  using n = net<input<9>, dropout<0.25>>;
  model<n, T> m{seed{1}};
  session<n, T, capability::full_gradient> run(4);
  auto get = [](const std::string& key) { return array<T>("dropout_training/" + key); };
  const auto x = get("input"), mask = get("mask"), dy = get("output_gradient");
  run.inject_noise(0, mask.data());
  run.forward(m.view(), x.data(), 4, mode::training);
  std::copy(dy.begin(), dy.end(), run.output_gradient().begin());
  run.backward(m.view(), m.parameters().data());
  compare<T>("output", run.output(), array<double>("dropout_training/output"));
  compare<T>("input_gradient", run.input_gradient(), array<double>("dropout_training/input_gradient"));
}
TEST_CASE_TEMPLATE("conv2d", T, double, float) {
  matches<net<input<2, 6, 8>, conv2d<3, kernel<4>, stride<2>, padding<1>>>, T>("conv");
  matches<net<input<3, 5, 5>, conv2d<2, kernel<3>, no_bias>>, T>("conv_no_bias");
  matches<net<input<3, 8, 7>, conv2d<2, kernel<2, 3>, stride<3, 2>, padding<0, 2>>>, T>("conv_rectangle");
  matches<net<input<2, 7, 6>, conv2d<3, kernel<3>, stride<2, 1>, padding<2, 3>, dilation<2, 3>>>, T>("conv_dilated");
  matches<net<input<4, 5, 4>, conv2d<6, kernel<3>, padding<1>, groups<2>>>, T>("conv_groups");
  matches<net<input<5, 6, 5>, conv2d<5, kernel<3>, stride<2>, padding<1>, groups<5>>>, T>("conv_depthwise");
  matches<net<input<3, 4, 5>, conv2d<4, kernel<1>>>, T>("conv_one_pixel");
}
TEST_CASE_TEMPLATE("conv_transpose2d", T, double, float) {
  matches<net<input<2, 3, 4>, conv_transpose2d<3, kernel<4>, stride<2>, padding<1>>>, T>("conv_transpose");
  matches<net<input<3, 3, 3>, conv_transpose2d<2, kernel<3>, no_bias>>, T>("conv_transpose_no_bias");
  matches<net<input<3, 3, 4>, conv_transpose2d<2, kernel<2, 3>, stride<3, 2>, padding<0, 2>>>, T>(
      "conv_transpose_rectangle");
  matches<net<input<2, 4, 4>, conv_transpose2d<3, kernel<3>, stride<2, 1>, padding<2, 3>, dilation<2, 3>>>, T>(
      "conv_transpose_dilated");
  matches<net<input<4, 3, 4>, conv_transpose2d<6, kernel<3>, padding<1>, groups<2>>>, T>("conv_transpose_groups");
  matches<net<input<5, 3, 4>, conv_transpose2d<5, kernel<3>, stride<2>, padding<1>, groups<5>>>, T>(
      "conv_transpose_depthwise");
  matches<net<input<3, 4, 5>, conv_transpose2d<4, kernel<1>>>, T>("conv_transpose_one_pixel");
  matches<net<input<2, 4, 3>, conv_transpose2d<3, kernel<3>, stride<2, 3>, padding<1>, output_padding<1, 2>>>, T>(
      "conv_transpose_output_padding");
}
TEST_CASE_TEMPLATE("convolutions one behind the other", T, double, float) {
  matches<net<input<2, 6, 8>, conv2d<4, kernel<4>, stride<2>, padding<1>>, leaky_relu<0.2>,
              conv2d<6, kernel<3>, padding<1>>, silu, conv_transpose2d<3, kernel<4>, stride<2>, padding<1>>, tanh_,
              flatten, dense<2>>,
          T>("conv_deep");
}
TEST_CASE("initial values of convolutions") {
  const auto check = [](const auto& m, const std::string& name) {
    const double bound = array<double>(name + "/bound")[0];
    const auto largest = [&](const char* key) {
      double most = 0;
      for (const double x : m.get(key)) most = std::max(most, std::abs(x));
      return most;
    };
    CHECK(largest("0.weight") <= bound);
    CHECK(largest("0.weight") > 0.97 * bound);
    CHECK(largest("0.bias") <= bound);
  };
  check(model<net<input<12, 9, 9>, conv2d<8, kernel<3, 5>, groups<2>>>, double>{seed{1}}, "conv_initial");
  check(model<net<input<12, 9, 9>, conv_transpose2d<8, kernel<3, 5>, groups<2>>>, double>{seed{1}},
        "conv_transpose_initial");
}
TEST_CASE_TEMPLATE("pools", T, double, float) {
  matches<net<input<3, 6, 8>, max_pool<kernel<2>>>, T>("max_pool");
  matches<net<input<2, 7, 6>, max_pool<kernel<3>, stride<2>, padding<1>>>, T>("max_pool_padded");
  matches<net<input<2, 6, 8>, max_pool<kernel<2, 3>, stride<3, 1>, padding<1, 0>>>, T>("max_pool_rectangle");
  matches<net<input<3, 6, 8>, average_pool<kernel<2>>>, T>("average_pool");
  matches<net<input<2, 7, 6>, average_pool<kernel<3>, stride<2>, padding<1>>>, T>("average_pool_padded");
  matches<net<input<2, 6, 8>, average_pool<kernel<2, 3>, stride<3, 1>, padding<1, 0>>>, T>("average_pool_rectangle");
  matches<net<input<5, 3, 7>, global_average_pool>, T>("global_average_pool");
}
TEST_CASE_TEMPLATE("larger maps", T, double, float) {
  matches<net<input<2, 3, 4>, upsample<2>>, T>("upsample");
  matches<net<input<2, 2, 3>, upsample<3>>, T>("upsample_three");
  matches<net<input<2, 3, 4>, upsample<2, bilinear>>, T>("upsample_bilinear");
  matches<net<input<2, 2, 3>, upsample<3, bilinear>>, T>("upsample_bilinear_three");
  matches<net<input<2, 1, 3>, upsample<2, bilinear>>, T>("upsample_one_pixel");
  matches<net<input<8, 2, 3>, pixel_shuffle<2>>, T>("pixel_shuffle");
}
TEST_CASE_TEMPLATE("tokens and labels", T, double, float) {
  matches<net<tokens<7, 5>, embedding<4>>, T>("embedding");
  matches<net<inputs<named<"x", noise<6>>, named<"label", labels<4>>>, with_label<4>, dense<5>>, T>("with_label");
  matches<net<inputs<named<"x", input<2, 3, 4>>, named<"label", labels<4>>>, with_label<4, embedding<3>>,
              conv2d<5, kernel<2>>>,
          T>("with_label_map");
  matches<net<inputs<named<"x", input<6>>, named<"label", labels<4>>>, label_projection<4>>, T>("label_projection");
}
TEST_CASE_TEMPLATE("spectral_norm", T, double, float) {
  matches<net<input<7>, spectral_norm<dense<5>>>, T>("spectral_norm");
  matches<net<input<7>, spectral_norm<dense<5>>>, T>("spectral_norm_evaluation", mode::evaluation);
  matches<net<input<2, 5, 4>, spectral_norm<conv2d<4, kernel<3>, padding<1>>>, leaky_relu<0.2>>, T>(
      "spectral_norm_convolution");
  matches<net<input<4, 5, 4>, spectral_norm<conv2d<6, kernel<3>, groups<2>, no_bias>>>, T>("spectral_norm_groups");
}
TEST_CASE_TEMPLATE("compositions", T, double, float) {
  matches<net<input<4>, dense<6>, residual<dense<6>, tanh_>>, T>("residual");
  matches<net<input<6>, residual<dense<6>, residual<tanh_, dense<6>>>>, T>("residual_nested");
  matches<net<input<4>, dense<5>, relu, heads<head<"mean", dense<3>>, head<"log_variance", dense<3>>>>, T>("heads");
  matches<net<input<4>, heads<head<"a", dense<5>, tanh_, dense<3>>, head<"b", dense<2>>>>, T>("heads_chain");
  matches<net<input<6>, heads<head<"a", dense<3>>, head<"b", dense<2>>>, concat, dense<4>>, T>("concat");
  matches<net<input<6>, heads<head<"a", dense<3>>, head<"b", dense<3>, tanh_>>, add>, T>("add");
  matches<net<input<2, 3, 2>, flatten, dense<8>, batch_norm, silu, dense<6>, layer_norm, gelu, dense<4>, log_softmax>,
          T>("deep");
}
TEST_CASE_TEMPLATE("reparameterize", T, double, float) {
  using n = net<inputs<named<"mean", input<3>>, named<"log_variance", input<3>>>, reparameterize>;
  model<n, T> m{seed{1}};
  session<n, T, capability::full_gradient> run(5);
  auto get = [](const std::string& key) { return array<T>("reparameterize/" + key); };
  const auto mean = get("input.mean"), log_variance = get("input.log_variance"), noise = get("noise");
  const auto dy = get("output_gradient");
  const void* in[] = {mean.data(), log_variance.data()};
  run.inject_noise(0, noise.data());
  run.forward(m.view(), in, 5, mode::training);
  std::copy(dy.begin(), dy.end(), run.output_gradient().begin());
  run.backward(m.view(), m.parameters().data());
  compare<T>("output", run.output(), array<double>("reparameterize/output"));
  compare<T>("mean", run.input_gradient(0), array<double>("reparameterize/input_gradient.mean"));
  compare<T>("log_variance", run.input_gradient(1), array<double>("reparameterize/input_gradient.log_variance"));
}

namespace {

using moments = heads<head<"mean", dense<3>>, head<"log_variance", dense<3>>>;
struct encoder : net<input<1, 3, 4>, flatten, dense<7>, relu, moments> {};
struct decoder : net<input<3>, dense<7>, relu, dense<12>, reshape<1, 3, 4>> {};
struct article_encoder : net<input<1, 3, 4>, flatten, dense<7>, relu, batch_norm, moments> {};
struct article_decoder : net<input<3>, dense<7>, relu, batch_norm, dense<12>, reshape<1, 3, 4>> {};
struct one_variance {
  static constexpr long log_variances(long) { return 1; }
};

/// The whole model with the gradients of its loss, whose derivatives are written out here.
template <class Vae, class T>
void vae_matches(const std::string& name) {
  auto get = [&](const std::string& key) { return array<T>(name + "/" + key); };
  model<Vae, T> m{seed{1}};
  load(m, name);
  const auto x = get("input"), noise = get("noise");
  const long rows = 9;
  const T one = 1 / T(rows), beta = get("beta")[0] / T(rows);
  session<Vae, T, capability::full_gradient> run(rows);
  run.poison(T(1e30));
  run.inject_noise(0, noise.data());
  run.forward(m.view(), x.data(), rows, mode::training);
  compare<T>(name + " output", run.output("reconstruction"), array<double>(name + "/output"));
  compare<T>(name + " mean", run.output("mean"), array<double>(name + "/mean"));
  compare<T>(name + " log_variance", run.output("log_variance"), array<double>(name + "/log_variance"));

  const auto y = run.output("reconstruction"), mean = run.output("mean"), log_variance = run.output("log_variance");
  const auto dy = run.output_gradient("reconstruction");
  std::vector<T> of_target(x.size());
  if constexpr (Vae::net_type::outputs.n == 4) {  // gaussian, one trained log-variance
    const auto s = run.output("observation");
    const auto ds = run.output_gradient("observation");
    std::fill(ds.begin(), ds.end(), T(0));
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::size_t r = i / 12;
      const T off = y[i] - x[i], precision = std::exp(-s[r]);
      dy[i] = off * precision * one;
      of_target[i] = -dy[i];
      ds[r] += T(0.5) * (1 - off * off * precision) * one;
    }
  } else {  // bernoulli on logits
    for (std::size_t i = 0; i < x.size(); ++i) {
      dy[i] = (1 / (1 + std::exp(-y[i])) - x[i]) * one;
      of_target[i] = -y[i] * one;
    }
  }
  for (std::size_t i = 0; i < mean.size(); ++i) {
    run.output_gradient("mean")[i] = mean[i] * beta;
    run.output_gradient("log_variance")[i] = T(0.5) * (std::exp(log_variance[i]) - 1) * beta;
  }
  std::vector<T> gradients(m.parameters().size());
  run.backward(m.view(), gradients.data());
  compare_gradients(m, std::span<const T>(gradients), name, 0, 1);
  compare_state(m, name, mode::training, 0, 1);
  for (std::size_t i = 0; i < x.size(); ++i) of_target[i] += run.input_gradient()[i];
  compare<T>(name + " input_gradient", std::span<const T>(of_target), array<double>(name + "/input_gradient"));
}

}  // namespace

TEST_CASE_TEMPLATE("variational autoencoders", T, double, float) {
  vae_matches<vae<encoder, decoder>, T>("vae_bernoulli");
  vae_matches<vae<encoder, decoder, one_variance>, T>("vae_gaussian");
  vae_matches<vae<article_encoder, article_decoder>, T>("vae_article");
}
