// A step of Adam on one block of parameters beside a loop written by hand for it, with the same reads and writes
// (hand_us, times_hand). In vectors of xsimd: -O2 does not vectorise the plain loop, and with the options that make
// the compiler do it, it is as fast as this one.
#include <genet/tensor/memory.hpp>
#include <genet/train/optimisers.hpp>

#include "measure.hpp"

using namespace genet;

namespace {

struct parameters {
  tensor::block<float> w, g, mean, square;

  explicit parameters(long n) : w(n), g(n), mean(n), square(n) {
    for (long i = 0; i < n; ++i) g[i] = static_cast<float>(i % 7 - 3);
  }
};

/// What is left of Adam when all that does not depend on the parameter is known.
struct constants {
  float rate = 1e-3f / 0.1f, correction = 31.6f, beta1 = 0.9f, beta2 = 0.999f, epsilon = 1e-8f;
};

void by_hand(parameters& p, const constants& c) {
  using V = tensor::simd<float>;
  const V rate(c.rate), correction(c.correction), beta1(c.beta1), beta2(c.beta2), epsilon(c.epsilon);
  const V rest1(1 - c.beta1), rest2(1 - c.beta2);
  for (long i = 0; i < p.w.size(); i += tensor::width<float>) {
    const V d = V::load_aligned(p.g.data() + i);
    const V mean = tensor::fma<float>(beta1, V::load_aligned(p.mean.data() + i), rest1 * d);
    const V square = tensor::fma<float>(beta2, V::load_aligned(p.square.data() + i), rest2 * d * d);
    mean.store_aligned(p.mean.data() + i);
    square.store_aligned(p.square.data() + i);
    const V root = tensor::fma<float>(xsimd::sqrt(square), correction, epsilon);
    (V::load_aligned(p.w.data() + i) - rate * mean / root).store_aligned(p.w.data() + i);
  }
}

void adam_step(benchmark::State& state) {
  const long n = state.range(0);
  parameters mine(n), hand(n);
  long step = 0;
  bench::compare(
      state,
      [&] {
        float* moments[] = {mine.mean.data(), mine.square.data()};
        adam{}.update(mine.w.data(), mine.g.data(), moments, n,
                      prepared(adam{}, {.step = ++step, .learning_rate = 1e-3}));
      },
      "hand", [&] { by_hand(hand, {}); });
}

}  // namespace

BENCHMARK(adam_step)->ArgName("parameters")->Arg(100'000 / 64 * 64)->Arg(835'584)->Arg(4 << 20)->UseManualTime();
