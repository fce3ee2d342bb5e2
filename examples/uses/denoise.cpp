// Noise away from images: an autoencoder that is shown noisy images and asked for the clean ones (Vincent et al. 2008).
// Its code is larger than the image, so that no detail has to be forgotten; there is no noise to learn by heart, since
// it is drawn anew for each example in each epoch.
#include <algorithm>

#include <genet/metrics/similarity.hpp>
#include <genet/random/distributions.hpp>
#include <genet/report/image.hpp>
#include <genet/report/titled_rows.hpp>
#include <genet/run/in_batches.hpp>
#include <genet/run/weights_file.hpp>

#include "bench.hpp"

namespace uses {

using namespace genet;

namespace {

struct denoiser : net<input<1, 28, 28>, gaussian_noise<0.3>,
                      conv2d<32, kernel<4>, stride<2>, padding<1>>, relu,
                      residual<conv2d<32, kernel<3>, padding<1>>, relu>,
                      residual<conv2d<32, kernel<3>, padding<1>>, relu>,
                      conv_transpose2d<16, kernel<4>, stride<2>, padding<1>>, relu,
                      conv2d<1, kernel<3>, padding<1>>> {};

constexpr double sigma = 0.3;

/// As they would lie in a file: pixels from 0 to 1.
std::vector<float> clipped(std::vector<float> x) {
  for (float& v : x) v = std::clamp(v, 0.f, 1.f);
  return x;
}

}  // namespace

void denoise(const settings& s) {
  const program::common& o = s.o;
  bench b(s, {"Denoising",
              R"(struct denoiser : net<input<1, 28, 28>, gaussian_noise<0.3>,
                      conv2d<32, kernel<4>, stride<2>, padding<1>>, relu,
                      residual<conv2d<32, kernel<3>, padding<1>>, relu>,
                      residual<conv2d<32, kernel<3>, padding<1>>, relu>,
                      conv_transpose2d<16, kernel<4>, stride<2>, padding<1>>, relu,
                      conv2d<1, kernel<3>, padding<1>>> {};)",
              "mean squared error of a pixel"});
  model<denoiser> m{seed{o.seed}};
  trainer fit{m, mse{}, adam{.learning_rate = o.learning_rate}, cosine{.warm_up = 200},
              training_options{.seed = o.seed, .threads = o.threads}};
  if (!b.train_by(fit, b.train())) return;
  save(m, b.page().directory().path() / "model.safetensors");

  const data::examples& truth = b.test();
  std::vector<float> noisy(truth.x.size());
  rng::normal(std::span(noisy), rng::key{o.seed, stream::sampling, 0});
  for (std::size_t i = 0; i < noisy.size(); ++i) noisy[i] = truth.x[i] + static_cast<float>(sigma) * noisy[i];
  std::vector<float> raw;
  tensor::team team{o.threads};
  in_batches<denoiser, float>(std::as_const(m).view(), noisy.data(), nullptr, truth.count,
                              [&](auto& run) { raw.insert(raw.end(), run.output().begin(), run.output().end()); },
                              128, team);
  const std::vector<float> shown = clipped(noisy), found = clipped(std::move(raw));
  const metrics::points clean(truth.x, truth.features), before(shown, truth.features), after(found, truth.features);
  const double noisy_psnr = metrics::psnr(before, clean).mean, psnr = metrics::psnr(after, clean).mean;
  b.result("psnr_noisy", noisy_psnr);
  b.result("psnr_denoised", psnr);
  b.result("psnr_gain", psnr - noisy_psnr);
  b.result("ssim_noisy", metrics::ssim(before, clean, 28, 28).mean);
  b.result("ssim_denoised", metrics::ssim(after, clean, 28, 28).mean);

  const auto columns = std::min(truth.count, 10L);
  std::vector<float> rows;
  for (const auto* x : {&truth.x, &shown, &found})
    rows.insert(rows.end(), x->begin(), x->begin() + columns * denoiser::input_shape.size());
  const image sheet = grid(3, static_cast<int>(columns), std::span<const float>(rows), denoiser::input_shape);
  b.page().picture("Noise", "Test images, the same with normal noise of deviation 0.3, and what was made of them.",
                   svg::titled_rows(sheet, std::vector<std::string>{"true", "noisy", "denoised"}, "Noise"));
  const auto& last = *fit.rows().last("train");
  b.tested({last.epoch, "test", last.seconds, metrics::mean_squared_error(after, clean).mean, {}});
  b.finish(4);
}

}  // namespace uses
