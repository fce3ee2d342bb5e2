// Whole training steps through the public vocabulary: passes, loss, gradients, Adam. flops are those of the products
// that are needed; counters as in measure.hpp.
#include <genet/genet.hpp>

#include "measure.hpp"
#include "pictures.hpp"

using namespace genet;

namespace {

/// A model with the session that runs it and the optimiser that moves it.
template <class Net>
class learner {
 public:
  learner(long batch, adam how) : run(batch), optimiser_(how) {
    ranges_ = update_ranges(optimiser_, model<Net>::tensors(), gradients_.size());
  }

  model<Net> m{seed{1}};
  session<Net> run;

  void backward(bool accumulate = false) { run.backward(m.view(), gradients_.data(), accumulate); }
  void update() {
    float* moments[] = {moments_[0].data(), moments_[1].data()};
    update_all(optimiser_, ranges_, m.parameters().data(), gradients_.data(), moments,
               {.step = ++steps_, .learning_rate = optimiser_.learning_rate});
  }
  long steps() const { return steps_; }

 private:
  tensor::block<float> block() const { return tensor::block<float>(static_cast<long>(m.parameters().size())); }

  adam optimiser_;
  std::vector<update_range> ranges_;
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
  explicit vae_step(long batch) : batch_(batch), x_(bench::pictures(pictures)), learn_(batch, adam{}) {}

  /// The loss per example.
  double operator()() {
    const long first = learn_.steps() * batch_ % (pictures - batch_ + 1);
    const example_batch<float> b{.x = x_.data() + first * bench::pixels, .rows = batch_};
    learn_.run.forward(learn_.m.view(), b.x, b.rows, mode::training,
                       {.seed = 1, .stream = stream::training, .step = static_cast<std::uint64_t>(learn_.steps())});
    const double loss = elbo{}.measure<autoencoder<Width>>(learn_.run, b, training_progress{}, 1.0).loss;
    learn_.backward();
    learn_.update();
    return loss;
  }

 private:
  static constexpr long pictures = 4096;
  long batch_;
  std::vector<float> x_;
  learner<autoencoder<Width>> learn_;
};

template <int Width>
void vae_training(benchmark::State& state) {
  const long batch = state.range(0);
  vae_step<Width> step(batch);
  bench::measure(state, vae_flops(batch, Width), std::move(step));
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

}  // namespace

BENCHMARK(vae_training<512>)->ArgName("batch")->Arg(128)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(vae_learns)->Iterations(1)->Unit(benchmark::kMillisecond);
