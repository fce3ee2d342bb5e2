// The same work in libtorch: training steps with its modules and its Adam, the decoder in inference mode. For a fair
// run set OPENBLAS_CORETYPE, and GLIBC_TUNABLES so that freed tensors are kept (tools/bench does).
#include "measure.hpp"
#include "pictures.hpp"

#include <torch/script.h>
#include <torch/torch.h>

#include <tuple>
#include <utility>
#include <vector>

namespace {

namespace nn = torch::nn;
using torch::Tensor;
constexpr long batch = 128;

const bool one_thread = [] {
  at::set_num_threads(1);
  torch::manual_seed(0);
  return true;
}();

Tensor logits_loss(const Tensor& logits, const Tensor& target, at::Reduction::Reduction reduction) {
  return torch::binary_cross_entropy_with_logits(logits, target, {}, {}, reduction);
}

// ---- variational autoencoder

struct autoencoder : nn::Module {
  nn::Linear encode = register_module("encode", nn::Linear(784, 512));
  nn::Linear heads = register_module("heads", nn::Linear(512, 40));
  nn::Linear decode = register_module("decode", nn::Linear(20, 512));
  nn::Linear paint = register_module("paint", nn::Linear(512, 784));

  Tensor loss(const Tensor& x) {
    const Tensor code = heads(torch::relu(encode(x))), mean = code.narrow(1, 0, 20),
                 log_variance = code.narrow(1, 20, 20);
    const Tensor z = mean + torch::exp(0.5 * log_variance) * torch::randn_like(mean);
    const Tensor kl = -0.5 * (1 + log_variance - mean.pow(2) - log_variance.exp()).sum();
    return (logits_loss(paint(torch::relu(decode(z))), x, at::Reduction::Sum) + kl) / x.size(0);
  }
};

class vae_step {
 public:
  Tensor operator()() {
    adam_.zero_grad();
    const Tensor loss = model_.loss(torch::from_blob(const_cast<float*>(data_.next()), {batch, bench::pixels}));
    loss.backward();
    adam_.step();
    return loss;
  }

 private:
  autoencoder model_;
  torch::optim::Adam adam_{model_.parameters(), torch::optim::AdamOptions(1e-3)};
  bench::batches data_{batch};
};

void vae_training(benchmark::State& state) {
  bench::measure(state, 537.4e6, [step = vae_step()]() mutable { step(); });
}

void vae_learns(benchmark::State& state) {
  vae_step step;
  double loss = 0;
  for (auto _ : state) {
    for (int i = 0; i < 250; ++i) step();
    for (int i = 0; i < 50; ++i) loss += step().item<double>() / 50;
  }
  state.counters["loss"] = loss;
}

// ---- generative adversarial network

nn::LeakyReLU leaky() { return nn::LeakyReLU(nn::LeakyReLUOptions().negative_slope(0.2)); }

/// The discriminator learns from a real and a generated batch, then the generator from what it thinks of the latter.
class gan_step {
 public:
  gan_step(nn::Sequential g, nn::Sequential d, at::IntArrayRef picture, bool together)
      : g_(std::move(g)),
        d_(std::move(d)),
        real_((torch::tensor(at::ArrayRef<float>(bench::pictures(batch))) * 2 - 1).view(picture)),
        together_(together) {}

  void operator()() {
    adam_d_.zero_grad();
    const Tensor fake = g_->forward(torch::randn({batch, 100}));
    if (together_)
      (2 * judge(torch::cat({real_, fake.detach()}), torch::cat({yes_, no_}))).backward();
    else
      (judge(real_, yes_) + judge(fake.detach(), no_)).backward();
    adam_d_.step();
    adam_g_.zero_grad();
    for (Tensor& p : d_->parameters()) p.set_requires_grad(false);  // spares D's gradients in the generator's step
    judge(fake, yes_).backward();
    for (Tensor& p : d_->parameters()) p.set_requires_grad(true);
    adam_g_.step();
  }

 private:
  static torch::optim::AdamOptions how() { return torch::optim::AdamOptions(2e-4).betas({0.5, 0.999}); }
  Tensor judge(const Tensor& x, const Tensor& target) {
    return logits_loss(d_->forward(x), target, at::Reduction::Mean);
  }

  nn::Sequential g_, d_;
  torch::optim::Adam adam_g_{g_->parameters(), how()}, adam_d_{d_->parameters(), how()};
  Tensor real_, yes_ = torch::ones({batch, 1}), no_ = torch::zeros({batch, 1});
  bool together_;  // both batches in one pass, where no batch norm would mix their statistics
};

void gan_training(benchmark::State& state) {
  nn::Sequential g(nn::Linear(100, 256), nn::BatchNorm1d(256), leaky(), nn::Linear(256, 512), nn::BatchNorm1d(512),
                   leaky(), nn::Linear(512, 784), nn::Tanh());
  nn::Sequential d(nn::Linear(784, 512), leaky(), nn::Dropout(0.3), nn::Linear(512, 256), leaky(), nn::Dropout(0.3),
                   nn::Linear(256, 1));
  bench::measure(state, 1307.7e6, gan_step(g, d, {batch, bench::pixels}, true));
}

void dcgan_training(benchmark::State& state) {
  const auto halving = [](long in, long out) {
    return nn::Conv2d(nn::Conv2dOptions(in, out, 4).stride(2).padding(1));
  };
  const auto doubling = [](long in, long out) {
    return nn::ConvTranspose2d(nn::ConvTranspose2dOptions(in, out, 4).stride(2).padding(1));
  };
  nn::Sequential g(nn::Linear(100, 6272), nn::Unflatten(nn::UnflattenOptions(1, {128, 7, 7})), doubling(128, 64),
                   nn::BatchNorm2d(64), nn::ReLU(), doubling(64, 1), nn::Tanh());
  nn::Sequential d(halving(1, 64), leaky(), halving(64, 128), nn::BatchNorm2d(128), leaky(), nn::Flatten(),
                   nn::Linear(6272, 1));
  bench::measure(state, 18882.2e6, gan_step(g, d, {batch, 1, bench::side, bench::side}, false));
}

// ---- sequences: 64 x 20 words of 5000, LSTM of 32 units

struct writer : nn::Module {
  nn::Embedding table = register_module("table", nn::Embedding(5000, 32));
  nn::LSTM cell = register_module("cell", nn::LSTM(nn::LSTMOptions(32, 32).batch_first(true)));
  nn::Linear end = register_module("end", nn::Linear(32, 5000));
};
Tensor words() { return (torch::arange(64 * 20) * 7919).fmod(5000).to(torch::kLong).view({64, 20}); }

/// The layer over the vocabulary and its loss, with all gradients.
void sequence_likelihood(benchmark::State& state) {
  nn::Linear end(32, 5000);
  Tensor hidden = torch::randn({64 * 20, 32}).requires_grad_();
  const Tensor targets = words().flatten();
  bench::measure(state, 3 * 409.6e6, [&] {
    end->zero_grad();
    hidden.mutable_grad() = Tensor();
    nn::functional::cross_entropy(end(hidden), targets).backward();
  });
}

void sequence_step(benchmark::State& state) {
  writer w;
  torch::optim::Adam adam(w.parameters(), torch::optim::AdamOptions(1e-3));
  const Tensor targets = words(),
               before = torch::cat({torch::zeros({64, 1}, torch::kLong), targets.narrow(1, 0, 19)}, 1);
  bench::measure(state, 3 * 409.6e6 + 62.9e6, [&] {
    adam.zero_grad();
    const Tensor states = std::get<0>(w.cell(w.table(before)));
    nn::functional::cross_entropy(w.end(states.reshape({64 * 20, 32})), targets.flatten()).backward();
    adam.step();
  });
}

/// 64 sequences, word after word, drawn by `draw` of the logits of one position.
template <class Draw>
void write_sequences(benchmark::State& state, const Draw& draw) {
  const torch::InferenceMode inference;
  writer w;
  bench::measure(state, 409.6e6 + 21e6, [&] {
    Tensor word = torch::zeros({64, 1}, torch::kLong);
    std::tuple<Tensor, Tensor> carried{torch::zeros({1, 64, 32}), torch::zeros({1, 64, 32})};
    for (int t = 0; t < 20; ++t) {
      auto [states, next] = w.cell(w.table(word), carried);
      carried = next;
      word = draw(w.end(states.squeeze(1)));
    }
  });
}
void sequence_write_multinomial(benchmark::State& state) {
  write_sequences(state, [](const Tensor& logits) { return torch::multinomial(logits.softmax(1), 1); });
}
/// By one uniform number each, as here.
Tensor invert(const Tensor& logits) {
  const Tensor sums = logits.softmax(1).cumsum(1);
  return torch::searchsorted(sums, torch::rand({logits.size(0), 1}) * sums.narrow(1, sums.size(1) - 1, 1))
      .clamp_max(logits.size(1) - 1);
}
void sequence_write_inverse(benchmark::State& state) { write_sequences(state, invert); }

void draw_inverse(benchmark::State& state) {
  const torch::InferenceMode inference;
  nn::Linear end(32, 5000);
  const Tensor hidden = torch::randn({64 * 20, 32});
  bench::measure(state, 409.6e6, [&] { invert(end(hidden)); });
}
void draw_multinomial(benchmark::State& state) {
  const torch::InferenceMode inference;
  nn::Linear end(32, 5000);
  const Tensor hidden = torch::randn({64 * 20, 32});
  bench::measure(state, 409.6e6, [&] { torch::multinomial(end(hidden).softmax(1), 1); });
}

// ---- decoder, one picture at a time

struct decoder {
  nn::Linear first{20, 512}, second{512, 784};
  Tensor z = torch::randn({1, 20});
};

void decode_modules(benchmark::State& state) {
  const torch::InferenceMode inference;
  decoder d;
  bench::measure(state, [&] { d.second(torch::relu(d.first(d.z))).sigmoid_(); });
}

// As few operations as there can be, on weights the other way round.
void decode_addmm(benchmark::State& state) {
  const torch::InferenceMode inference;
  const decoder d;
  const auto turned = [](const nn::Linear& l) { return l->weight.t().contiguous().clone(); };
  const Tensor w1 = turned(d.first), w2 = turned(d.second), b1 = d.first->bias.clone(), b2 = d.second->bias.clone();
  bench::measure(state, [&] { torch::addmm(b2, torch::addmm(b1, d.z, w1).relu_(), w2).sigmoid_(); });
}

void decode_frozen_script(benchmark::State& state) {
  const decoder d;
  torch::jit::Module script("decoder");
  const auto give = [&](const char* name, const Tensor& t) { script.register_parameter(name, t.detach(), false); };
  give("w1", d.first->weight);
  give("b1", d.first->bias);
  give("w2", d.second->weight);
  give("b2", d.second->bias);
  script.define(R"(
def forward(self, z):
  return torch.sigmoid(torch.linear(torch.relu(torch.linear(z, self.w1, self.b1)), self.w2, self.b2))
)");
  script.eval();
  torch::jit::Module frozen = torch::jit::freeze(script);
  frozen = torch::jit::optimize_for_inference(frozen);
  const torch::InferenceMode inference;
  std::vector<torch::jit::IValue> in{d.z};
  for (int i = 0; i < 10; ++i) frozen.forward(in);  // it compiles in its first calls
  bench::measure(state, [&] { frozen.forward(in); });
}

}  // namespace

BENCHMARK(vae_training)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(vae_learns)->Iterations(1)->Unit(benchmark::kMillisecond);
BENCHMARK(gan_training)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(dcgan_training)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(sequence_likelihood)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(sequence_step)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(sequence_write_multinomial)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(sequence_write_inverse)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(draw_inverse)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(draw_multinomial)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(decode_modules)->UseManualTime();
BENCHMARK(decode_addmm)->UseManualTime();
BENCHMARK(decode_frozen_script)->UseManualTime();
