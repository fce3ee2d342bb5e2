// The training step of the variational autoencoder as an expert would compose it by hand from oneDNN's products: each
// weight in the layout that the products like best, all that goes element by element fused into single vector loops,
// one pass of Adam over one block, nothing allocated in a step. vae_training and vae_learns as in bench_steps.
#include <genet/random/distributions.hpp>
#include <genet/tensor/memory.hpp>

#include "measure.hpp"
#include "onednn.hpp"
#include "pictures.hpp"

#include <cmath>
#include <random>

namespace {

using bench::onednn_product;
using genet::tensor::block;
using genet::tensor::simd;
constexpr long lanes = genet::tensor::width<float>;
constexpr long pixels = bench::pixels, hidden = 512, code = 20;

// y = x w + b with w [in][out]; its parameters begin at `at` in a block, weights first.
struct linear {
  long in, out, at;

  constexpr long end() const { return at + in * out + genet::tensor::round_up(out, 16); }
  constexpr long bias() const { return at + in * out; }

  void forward(long rows, const float* x, const float* parameters, float* y) const {
    onednn_product(rows, out, in, x, false, parameters + at, false, y);
  }
  void weight_gradient(long rows, const float* x, const float* dy, float* gradients) const {
    onednn_product(in, out, rows, x, true, dy, false, gradients + at);
  }
  void input_gradient(long rows, const float* dy, const float* parameters, float* dx) const {
    onednn_product(rows, in, out, dy, false, parameters + at, true, dx);
  }
};

class vae_step {
 public:
  explicit vae_step(long batch) : batch_(batch), data_(batch) {
    std::mt19937 engine(1);
    for (const linear& l : {encode, heads, decode, paint}) {
      const float bound = 1 / std::sqrt(static_cast<float>(l.in));
      std::uniform_real_distribution<float> draw(-bound, bound);
      for (long i = l.at; i < l.bias() + l.out; ++i) parameters_[i] = draw(engine);
    }
  }

  /// The loss per example.
  double operator()() {
    const float* x = data_.next();
    const float* w = parameters_.data();
    float* g = gradients_.data();
    ++steps_;

    encode.forward(batch_, x, w, h1_.data());
    bias_relu(w + encode.bias(), h1_.data());
    heads.forward(batch_, h1_.data(), w, q_.data());
    const double kl = sample(w + heads.bias());
    decode.forward(batch_, z_.data(), w, h2_.data());
    bias_relu(w + decode.bias(), h2_.data());
    paint.forward(batch_, h2_.data(), w, y_.data());
    const double reconstruction = cross_entropy(w + paint.bias(), x, g + paint.bias());

    paint.weight_gradient(batch_, h2_.data(), y_.data(), g);
    paint.input_gradient(batch_, y_.data(), w, dh_.data());
    relu_backward(h2_.data(), g + decode.bias());
    decode.weight_gradient(batch_, z_.data(), dh_.data(), g);
    decode.input_gradient(batch_, dh_.data(), w, dz_.data());
    sample_backward(g + heads.bias());
    heads.weight_gradient(batch_, h1_.data(), q_.data(), g);
    heads.input_gradient(batch_, q_.data(), w, dh_.data());
    relu_backward(h1_.data(), g + encode.bias());
    encode.weight_gradient(batch_, x, dh_.data(), g);
    adam();
    return (reconstruction + kl) / static_cast<double>(batch_);
  }

 private:
  static constexpr linear encode{pixels, hidden, 0}, heads{hidden, 2 * code, encode.end()},
      decode{code, hidden, heads.end()}, paint{hidden, pixels, decode.end()};

  static simd<float> load(const float* p) { return simd<float>::load_unaligned(p); }

  void bias_relu(const float* bias, float* h) const {
    for (long r = 0; r < batch_; ++r, h += hidden)
      for (long i = 0; i < hidden; i += lanes)
        xsimd::max(load(h + i) + load(bias + i), simd<float>(0)).store_unaligned(h + i);
  }

  // The gradient in dh_ passes where h is positive; its column sums are that of the bias.
  void relu_backward(const float* h, float* bias) {
    std::fill_n(bias, hidden, 0.0f);
    float* d = dh_.data();
    for (long r = 0; r < batch_; ++r, h += hidden, d += hidden)
      for (long i = 0; i < hidden; i += lanes) {
        const auto passed = xsimd::select(load(h + i) > simd<float>(0), load(d + i), simd<float>(0));
        passed.store_unaligned(d + i);
        (load(bias + i) + passed).store_unaligned(bias + i);
      }
  }

  // q = [mean, log-variance] becomes [mean, deviation]; z = mean + deviation noise. The divergence of all.
  double sample(const float* bias) {
    genet::rng::normal(noise_.span(), {.seed = 1, .step = static_cast<std::uint64_t>(steps_)});
    double kl = 0;
    float *q = q_.data(), *z = z_.data();
    const float* noise = noise_.data();
    for (long r = 0; r < batch_; ++r, q += 2 * code, z += code, noise += code)
      for (long i = 0; i < code; ++i) {
        const float mean = q[i] + bias[i], log_variance = q[code + i] + bias[code + i];
        const float deviation = std::exp(0.5f * log_variance);
        kl += static_cast<double>(0.5f * (mean * mean + deviation * deviation - 1 - log_variance));
        z[i] = mean + deviation * noise[i];
        q[i] = mean;
        q[code + i] = deviation;
      }
    return kl;
  }

  // From dz_ to the gradient of [mean, log-variance], in q_.
  void sample_backward(float* bias) {
    std::fill_n(bias, 2 * code, 0.0f);
    const float scale = 1 / static_cast<float>(batch_);
    float* q = q_.data();
    const float *dz = dz_.data(), *noise = noise_.data();
    for (long r = 0; r < batch_; ++r, q += 2 * code, dz += code, noise += code)
      for (long i = 0; i < code; ++i) {
        const float deviation = q[code + i];
        bias[i] += q[i] = dz[i] + scale * q[i];
        bias[code + i] += q[code + i] = 0.5f * (dz[i] * noise[i] * deviation + scale * (deviation * deviation - 1));
      }
  }

  // Binary cross-entropy of the logits y_, which become its gradient.
  double cross_entropy(const float* bias, const float* x, float* bias_gradient) {
    using V = simd<float>;
    std::fill_n(bias_gradient, pixels, 0.0f);
    const V scale(1 / static_cast<float>(batch_)), one(1), zero(0);
    double loss = 0;
    float* y = y_.data();
    for (long r = 0; r < batch_; ++r, y += pixels, x += pixels) {
      V sum(0);
      for (long i = 0; i < pixels; i += lanes) {
        const V logit = load(y + i) + load(bias + i), target = load(x + i), e = xsimd::exp(-xsimd::abs(logit));
        sum += xsimd::max(logit, zero) - logit * target + xsimd::log1p(e);
        const V gradient = (xsimd::select(logit > zero, one, e) / (one + e) - target) * scale;
        gradient.store_unaligned(y + i);
        (load(bias_gradient + i) + gradient).store_unaligned(bias_gradient + i);
      }
      loss += static_cast<double>(xsimd::hadd(sum));
    }
    return loss;
  }

  void adam() {
    using V = simd<float>;
    const double steps = static_cast<double>(steps_);
    const V beta1(0.9f), beta2(0.999f), rest1(0.1f), rest2(0.001f), epsilon(1e-8f);
    const V rate(static_cast<float>(1e-3 / (1 - std::pow(0.9, steps))));
    const V correction(static_cast<float>(1 / std::sqrt(1 - std::pow(0.999, steps))));
    float *w = parameters_.data(), *m = mean_.data(), *v = square_.data();
    const float* g = gradients_.data();
    for (long i = 0; i < parameters_.size(); i += lanes) {
      const V d = V::load_aligned(g + i);
      const V mean = beta1 * V::load_aligned(m + i) + rest1 * d;
      const V square = beta2 * V::load_aligned(v + i) + rest2 * d * d;
      mean.store_aligned(m + i);
      square.store_aligned(v + i);
      (V::load_aligned(w + i) - rate * mean / (xsimd::sqrt(square) * correction + epsilon)).store_aligned(w + i);
    }
  }

  long batch_, steps_ = 0;
  bench::batches data_;
  block<float> parameters_{paint.end()}, gradients_{paint.end()}, mean_{paint.end()}, square_{paint.end()};
  block<float> h1_{batch_ * hidden}, q_{batch_ * 2 * code}, noise_{batch_ * code}, z_{batch_ * code},
      h2_{batch_ * hidden}, y_{batch_ * pixels}, dh_{batch_ * hidden}, dz_{batch_ * code};
};

void vae_training(benchmark::State& state) {
  const long batch = state.range(0);
  vae_step step(batch);
  const long first = pixels * hidden, others = hidden * 2 * code + code * hidden + hidden * pixels;
  bench::measure(state, 2.0 * static_cast<double>(batch * (2 * first + 3 * others)), std::move(step));
}

void vae_learns(benchmark::State& state) {
  vae_step step(128);
  double loss = 0;
  for (auto _ : state) {
    for (int i = 0; i < 250; ++i) step();
    for (int i = 0; i < 50; ++i) loss += step() / 50;
  }
  state.counters["loss"] = loss;
}

}  // namespace

BENCHMARK(vae_training)
    ->ArgName("batch")
    ->RangeMultiplier(2)
    ->Range(32, 4096)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(vae_learns)->Iterations(1)->Unit(benchmark::kMillisecond);
