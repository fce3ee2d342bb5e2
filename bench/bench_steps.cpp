// Whole training steps through the public vocabulary: passes, loss, gradients, Adam. flops are those of the products
// that are needed; counters as in measure.hpp.
#include <genet/genet.hpp>

#include "measure.hpp"
#include "pictures.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <vector>

using namespace genet;

namespace {

/// A model with the session that runs it and the optimiser that moves it.
template <class Net>
class learner {
 public:
  learner(long batch, adam how, tensor::team& team = tensor::alone()) : run(batch, team), optimiser_(how) {}

  model<Net> m{seed{1}};
  session<Net> run;

  /// The backward pass with the optimiser's step in it.
  void step() {
    const auto now = prepared(optimiser_, {.step = ++steps_, .learning_rate = optimiser_.learning_rate});
    const auto apply = [this, &now](long offset, const float* gradient, long n) {
      float* moments[] = {moments_[0].data() + offset, moments_[1].data() + offset};
      optimiser_.update(m.parameters().data() + offset, gradient, moments, n, now);
    };
    using applied = decltype(apply);
    run.backward(m.view(), gradients_.data(),
                 {.apply = [](const void* f, long offset, const float* gradient,
                              long n) { (*static_cast<const applied*>(f))(offset, gradient, n); },
                  .data = &apply});
  }
  long steps() const { return steps_; }

 private:
  tensor::block<float> block() const { return tensor::block<float>(static_cast<long>(m.parameters().size())); }

  adam optimiser_;
  tensor::block<float> gradients_ = block(), moments_[2] = {block(), block()};
  long steps_ = 0;
};

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
  learner<autoencoder<Width>> learn_;
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

void vae_trainer(benchmark::State& state) {
  constexpr long batches = 32;
  const long size = state.range(0);
  const data::examples train{
      .count = batches * size, .features = bench::pixels, .x = bench::pictures(batches * size), .labels = {}};
  model<autoencoder<512>> m{seed{1}};
  trainer fit{m, elbo{}, adam{}};
  bench::series all;
  fit.add(std::make_unique<stopwatch>(all));
  for (auto _ : state) {
    fit.run(train, epochs{1}, batch{size});
    state.SetIterationTime(std::accumulate(all.calls.end() - batches, all.calls.end(), 0.0));
  }
  bench::report_rate(state, all, vae_flops(size, 512));
}

// ---- generative adversarial network

struct generator : net<input<100>, dense<256>, batch_norm, leaky_relu<0.2>, dense<512>, batch_norm, leaky_relu<0.2>,
                       dense<784>, tanh_> {};
struct discriminator : net<input<784>, dense<512>, leaky_relu<0.2>, dropout<0.3>, dense<256>, leaky_relu<0.2>,
                           dropout<0.3>, dense<1>> {};

/// The discriminator learns from a real and a generated batch, then the generator from what it thinks of the latter.
class gan_step {
 public:
  explicit gan_step(long batch)
      : batch_(batch),
        pictures_(2 * batch * bench::pixels),
        noise_(batch * 100),
        real_(2 * batch),
        g_(batch, how),
        d_(2 * batch, how),
        critic_(batch) {
    std::ranges::transform(bench::pictures(batch), pictures_.data(), [](float x) { return 2 * x - 1; });
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

  /// Of the products that are needed: no gradient goes into data, none into D's weights in the generator's step.
  double flops() const {
    constexpr long g_first = 100 * 256, g = g_first + 256 * 512 + 512 * 784;
    constexpr long d_first = 784 * 512, d = d_first + 512 * 256 + 256;
    return 2.0 * static_cast<double>(batch_ * ((3 * g - g_first) + 2 * (3 * d - d_first) + 2 * d));
  }

 private:
  static constexpr adam how{.learning_rate = 2e-4, .beta1 = 0.5};

  template <class Session>
  static void judge(Session& s, const float* target, double scale) {
    evaluate_loss(bce_with_logits{}, s.output().data(), target, s.rows(), 1, s.output_gradient().data(), scale);
  }

  long batch_;
  tensor::block<float> pictures_, noise_, real_;
  learner<generator> g_;
  learner<discriminator> d_;
  session<frozen<discriminator>> critic_;
};

void gan_training(benchmark::State& state) {
  gan_step step(state.range(0));
  const double flops = step.flops();
  bench::measure(state, flops, std::move(step));
}

// ---- autoencoder 784 - 512 - 20 - 512 - 784, for those who have no other

struct squeeze : net<input<784>, dense<512>, relu, dense<20>, relu, dense<512>, relu, dense<784>> {};

void autoencoder_training(benchmark::State& state) {
  const long batch = state.range(0);
  const std::vector<float> x = bench::pictures(batch);
  learner<squeeze> learn(batch, adam{});
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
STEP(autoencoder_training)->Arg(128);
BENCHMARK(vae_threads)
    ->ArgNames({"batch", "threads"})
    ->ArgsProduct({{128, 256}, {1, 2}})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(vae_learns)->Iterations(1)->Unit(benchmark::kMillisecond);
