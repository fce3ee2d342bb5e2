// Whole training steps through the public vocabulary: passes, loss, gradients, Adam. flops are those of the products
// that are needed; counters as in measure.hpp.
#include <genet/genet.hpp>

#include "learner.hpp"
#include "measure.hpp"
#include "pictures.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <vector>

using namespace genet;

namespace {

// ---- variational autoencoder 784 - width - (20, 20) - width - 784

template <int Width>
struct encoder
    : net<input<784>, dense<Width>, relu, heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
template <int Width>
struct decoder : net<input<20>, dense<Width>, relu, dense<784>> {};
template <int Width>
using autoencoder = vae<encoder<Width>, decoder<Width>, bernoulli>;

/// Of the products of a step: forward and weight gradients of all layers, input gradients of all but the first.
double vae_flops(long batch, long width) {
  const long first = 784 * width, others = width * 40 + 20 * width + width * 784;
  return 2.0 * static_cast<double>(batch * (2 * first + 3 * others));
}

template <int Width>
class vae_step {
 public:
  explicit vae_step(long batch, tensor::team& team = tensor::alone())
      : batch_(batch), data_(batch), learn_(batch, adam{}, team) {}

  /// The loss per example.
  double operator()() {
    const example_batch<float> b{.x = data_.next(), .rows = batch_};
    learn_.run.forward(learn_.m.view(), b.x, b.rows, mode::training,
                       {.seed = 1, .stream = stream::training, .step = static_cast<std::uint64_t>(learn_.steps())});
    const double loss = elbo{}.measure<autoencoder<Width>>(learn_.run, b, training_progress{}, 1.0).loss;
    learn_.step();
    return loss;
  }

 private:
  long batch_;
  bench::batches data_;
  bench::learner<autoencoder<Width>> learn_;
};

template <int Width>
void vae_training(benchmark::State& state) {
  const long batch = state.range(0);
  bench::measure(state, vae_flops(batch, Width), vae_step<Width>(batch));
}

/// By the wall, since threads wait for each other.
void vae_threads(benchmark::State& state) {
  const long batch = state.range(0);
  tensor::team team(static_cast<int>(state.range(1)));
  bench::measure(state, vae_flops(batch, 512), vae_step<512>(batch, team), bench::timer::wall);
}

/// The loss after some steps, to compare with those who claim to do the same.
void vae_learns(benchmark::State& state) {
  vae_step<512> step(128);
  double loss = 0;
  for (auto _ : state) {
    for (int i = 0; i < 250; ++i) step();
    for (int i = 0; i < 50; ++i) loss += step() / 50;
  }
  state.counters["loss"] = loss;
}

// ---- the same through a trainer, which also shuffles and gathers the examples

/// Times the batches that a trainer trains.
class stopwatch : public callback {
 public:
  explicit stopwatch(bench::series& all) : all_(all) {}
  void on_epoch_begin(training&) override { begin_ = now(); }
  void on_batch_end(training&) override {
    all_.calls.push_back(now() - begin_);
    all_.beside.push_back(bench::peak<float>());
    begin_ = now();
  }

 private:
  static double now() { return bench::seconds(bench::timer::processor); }

  bench::series& all_;
  double begin_ = 0;
};

/// `fit` on `batches` batches of `size` pictures.
template <class Trainer>
void trained(benchmark::State& state, Trainer&& fit, const std::vector<float>& pictures, long size, double flops) {
  const long count = static_cast<long>(pictures.size()) / bench::pixels, batches = count / size;
  const data::examples train{.count = count, .features = bench::pixels, .x = pictures, .labels = {}};
  bench::series all;
  fit.add(std::make_unique<stopwatch>(all));
  for (auto _ : state) {
    fit.run(train, epochs{1}, batch{size});
    state.SetIterationTime(std::accumulate(all.calls.end() - batches, all.calls.end(), 0.0));
  }
  bench::report_rate(state, all, flops);
}

void vae_trainer(benchmark::State& state) {
  const long size = state.range(0);
  model<autoencoder<512>> m{seed{1}};
  trained(state, trainer{m, elbo{}, adam{}}, bench::pictures(32 * size), size, vae_flops(size, 512));
}

// ---- generative adversarial network

struct generator : net<input<100>, dense<256>, batch_norm, leaky_relu<0.2>, dense<512>, batch_norm, leaky_relu<0.2>,
                       dense<784>, tanh_> {};
struct discriminator : net<input<784>, dense<512>, leaky_relu<0.2>, dropout<0.3>, dense<256>, leaky_relu<0.2>,
                           dropout<0.3>, dense<1>> {};

constexpr adam adversary{.learning_rate = 2e-4, .beta1 = 0.5};

/// Pictures as tanh makes them, in [-1, 1].
std::vector<float> signed_pictures(long count) {
  std::vector<float> all = bench::pictures(count);
  for (float& x : all) x = 2 * x - 1;
  return all;
}

/// Of the products that a step needs, with `g` and `d` multiply-adds of a forward pass, of them in the first layers
/// `g_first` and `d_first`: no gradient goes into data, none into D's weights in the generator's step.
double gan_flops(long batch, long g, long g_first, long d, long d_first) {
  return 2.0 * static_cast<double>(batch * ((3 * g - g_first) + 2 * (3 * d - d_first) + 2 * d));
}

/// The discriminator learns from a real and a generated batch, then the generator from what it thinks of the latter.
class gan_step {
 public:
  explicit gan_step(long batch)
      : batch_(batch),
        pictures_(2 * batch * bench::pixels),
        noise_(batch * 100),
        real_(2 * batch),
        g_(batch, adversary),
        d_(2 * batch, adversary),
        critic_(batch) {
    std::ranges::copy(signed_pictures(batch), pictures_.data());
    std::fill_n(real_.data(), batch, 1.0f);
  }

  void operator()() {
    const auto draw = [&](std::uint32_t stream) {
      return rng::key{.seed = 1, .stream = stream, .step = static_cast<std::uint64_t>(g_.steps())};
    };
    rng::normal(noise_.span(), draw(stream::sampling));
    g_.run.forward(g_.m.view(), noise_.data(), batch_, mode::training, draw(stream::training));
    const auto fake = g_.run.output();

    std::ranges::copy(fake, pictures_.data() + batch_ * bench::pixels);  // behind the real ones
    d_.run.forward(d_.m.view(), pictures_.data(), 2 * batch_, mode::training, draw(stream::training + 1000));
    judge(d_.run, real_.data(), 2);  // the sum of two means
    d_.step();

    critic_.forward(d_.m.view(), fake.data(), batch_, mode::training, draw(stream::training + 2000));
    judge(critic_, real_.data(), 1);
    critic_.backward(d_.m.view());
    std::ranges::copy(critic_.input_gradient(), g_.run.output_gradient().data());
    g_.step();
  }

 private:
  template <class Session>
  static void judge(Session& s, const float* target, double scale) {
    evaluate_loss(bce_with_logits{}, s.output().data(), target, s.rows(), 1, s.output_gradient().data(), scale);
  }

  long batch_;
  tensor::block<float> pictures_, noise_, real_;
  bench::learner<generator> g_;
  bench::learner<discriminator> d_;
  session<frozen<discriminator>> critic_;
};

void gan_training(benchmark::State& state) {
  constexpr long g_first = 100 * 256, d_first = 784 * 512;
  const long batch = state.range(0);
  bench::measure(state,
                 gan_flops(batch, g_first + 256 * 512 + 512 * 784, g_first, d_first + 512 * 256 + 256, d_first),
                 gan_step(batch));
}

// ---- the same of convolutions, through a trainer

template <int N>
using halving = conv2d<N, kernel<4>, stride<2>, padding<1>>;
template <int N>
using doubling = conv_transpose2d<N, kernel<4>, stride<2>, padding<1>>;
struct painter : net<noise<100>, dense<6272>, reshape<128, 7, 7>, doubling<64>, batch_norm, relu, doubling<1>, tanh_> {};
struct viewer : net<input<1, 28, 28>, halving<64>, leaky_relu<0.2>, halving<128>, batch_norm, leaky_relu<0.2>, flatten,
                    dense<1>> {};

void dcgan_trainer(benchmark::State& state) {
  constexpr long g_first = 100 * 6272, d_first = 64 * 16 * 196, middle = 128 * 64 * 16 * 49;
  const long size = state.range(0);
  model<gan<painter, viewer>> m{seed{1}};
  trained(state, trainer{m, adversarial{}, optimisers{adversary, adversary}}, signed_pictures(4 * size), size,
          gan_flops(size, g_first + middle + 64 * 16 * 196, g_first, d_first + middle + 6272, d_first));
}

// ---- autoencoder 784 - 512 - 20 - 512 - 784, for those who have no other

struct squeeze : net<input<784>, dense<512>, relu, dense<20>, relu, dense<512>, relu, dense<784>> {};

void autoencoder_training(benchmark::State& state) {
  const long batch = state.range(0);
  const std::vector<float> x = bench::pictures(batch);
  bench::learner<squeeze> learn(batch, adam{});
  constexpr long first = 784 * 512, others = 512 * 20 + 20 * 512 + 512 * 784;
  bench::measure(state, 2.0 * static_cast<double>(batch * (2 * first + 3 * others)), [&] {
    learn.run.forward(learn.m.view(), x.data(), batch, mode::training);
    evaluate_loss(mse{}, learn.run.output().data(), x.data(), batch, 784, learn.run.output_gradient().data());
    learn.step();
  });
}

}  // namespace

#define STEP(...) BENCHMARK(__VA_ARGS__)->ArgName("batch")->UseManualTime()->Unit(benchmark::kMillisecond)
STEP(vae_training<128>)->Arg(128);
STEP(vae_training<256>)->Arg(128);
STEP(vae_training<512>)->RangeMultiplier(2)->Range(32, 4096);
STEP(vae_training<1024>)->Arg(128);
STEP(vae_training<2048>)->Arg(128);
STEP(vae_trainer)->Arg(128);
STEP(gan_training)->Arg(128);
STEP(dcgan_trainer)->Arg(128);
STEP(autoencoder_training)->Arg(128);
BENCHMARK(vae_threads)
    ->ArgNames({"batch", "threads"})
    ->ArgsProduct({{128, 256}, {1, 2}})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(vae_learns)->Iterations(1)->Unit(benchmark::kMillisecond);
