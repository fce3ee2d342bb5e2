// The whole variational autoencoder: one program from the image through both nets, with drawn and with injected
// noise.
#include <doctest/doctest.h>
#include <genet/declare.hpp>
#include <genet/kernels.hpp>

#include <vector>

#include "checks.hpp"

using namespace genet;
using namespace checks;

namespace {

using moments = heads<head<"mean", dense<3>>, head<"log_variance", dense<3>>>;
struct encoder : net<input<1, 3, 4>, flatten, dense<9>, relu, moments> {};
struct decoder : net<input<3>, dense<9>, relu, dense<12>, reshape<1, 3, 4>> {};
struct article_encoder : net<input<1, 3, 4>, flatten, dense<9>, relu, batch_norm, dropout<0.2>, moments> {};
struct article_decoder : net<input<3>, dense<9>, relu, batch_norm, dropout<0.2>, dense<12>, reshape<1, 3, 4>> {};
struct one_variance {
  static constexpr long log_variances(long) { return 1; }
};

using classic = vae<encoder, decoder>;
using article = vae<article_encoder, article_decoder>;
using learned_variance = vae<encoder, decoder, one_variance>;

struct conditional_encoder
    : net<inputs<named<"image", input<1, 3, 4>>, named<"label", labels<5>>>,
          heads<head<"x", pick<"image">, flatten>, head<"y", pick<"label">>>, with_label<5>, dense<9>, relu, moments> {};
struct conditional_decoder : net<inputs<named<"code", input<3>>, named<"label", labels<5>>>, with_label<5, embedding<2>>,
                                 dense<9>, relu, dense<12>, reshape<1, 3, 4>> {};
using conditional = vae<conditional_encoder, conditional_decoder, one_variance>;

struct denoising_encoder : net<input<1, 3, 4>, gaussian_noise<0.3>, flatten, dense<9>, relu, moments> {};
using denoising = vae<denoising_encoder, decoder>;

struct wrong_decoder : net<input<3>, dense<9>, relu, wrong<dense<12>, 0>, reshape<1, 3, 4>> {};
struct wrong_encoder : net<input<1, 3, 4>, flatten, dense<9>, wrong<layer_norm, 0>, moments> {};

}  // namespace

TEST_CASE("drawn noise") {
  gradients_are_right<classic>();
  gradients_are_right<article>();
  gradients_are_right<learned_variance>();
  gradients_are_right<article>({.rows = 1, .how = mode::evaluation});
  gradients_are_right<conditional>();
  gradients_are_right<denoising>();
  gradients_are_right<classic::coded>();
  gradients_are_right<learned_variance::coded>();
  gradients_are_right<conditional::coded>();
  partial_batches_agree<article>();
}
TEST_CASE("injected noise: float and double agree") {
  float_agrees_with_double<classic>(mode::training, numbers<double>(17 * 3, 4));
  float_agrees_with_double<learned_variance>(mode::training, numbers<double>(17 * 3, 4));
}
TEST_CASE("injected noise: the loss is a function of it") {
  const auto zero = std::vector<double>(17 * 3), some = numbers<double>(17 * 3, 4);
  const auto a = step_of<classic, double>(17, 17, mode::training, zero);
  const auto b = step_of<classic, double>(17, 17, mode::training, some);
  CHECK(difference(a.outputs[0], b.outputs[0]) > 1e-3);
  CHECK(difference(a.outputs[1], b.outputs[1]) == 0);  // the moments come before it
  // Without noise the decoder sees the mean: encoder and decoder one after the other.
  model<classic, double> m{seed{3}};
  std::uint32_t which = 1000;
  for (const tensor_info& t : m.tensors()) {
    auto v = numbers<double>(t.s.size(), which++);
    for (double& x : v) x *= 0.5;
    m.set(t.name, v);
  }
  session<encoder, double> first(17);
  session<decoder, double> second(17);
  const auto x = numbers<double>(17 * 12, 0);
  first.forward(m.part<"encoder">(), x.data(), 17);
  second.forward(m.part<"decoder">(), first.output("mean").data(), 17);
  CHECK(difference(std::vector<double>(second.output().begin(), second.output().end()), a.outputs[0]) == 0);
}
TEST_CASE("a denoising one sees noise in training alone, drawn before that of the code") {
  const model<denoising> m{seed{3}};
  session<denoising, float, capability::forward> run(5);
  session<classic, float, capability::forward> plain(5);
  const auto x = numbers<float>(5 * 12, 0), noise = numbers<float>(5 * 12, 1), code = numbers<float>(5 * 3, 2);
  auto noisy = x;
  for (std::size_t i = 0; i < x.size(); ++i) noisy[i] += noise[i] * 0.3F;
  run.inject_noise(0, noise.data());
  run.inject_noise(1, code.data());
  plain.inject_noise(0, code.data());
  for (const mode how : {mode::training, mode::evaluation}) {
    run.forward(m.view(), x.data(), 5, how);
    plain.forward(m.view(), how == mode::training ? noisy.data() : x.data(), 5, how);
    for (int i = 0; i < 3; ++i) CHECK(difference(run.output(i), plain.output(i)) < 1e-6);
  }
}
TEST_CASE("a wrong gradient in either net is noticed") {
  gradients_are_wrong<vae<wrong_encoder, decoder>>();
  gradients_are_wrong<vae<encoder, wrong_decoder>>();
}
