// Random numbers beside those of the standard library: numbers_per_second, and how many times as fast.
#include <genet/random/distributions.hpp>
#include <genet/tensor/memory.hpp>

#include "measure.hpp"

#include <random>

using namespace genet;

namespace {

constexpr long count = 1 << 14;  // stays in the first levels

template <class Distribution, class Mine>
void beside(benchmark::State& state, Mine mine) {
  tensor::block<float> x(count), y(count);
  std::mt19937 engine(1);
  Distribution draw;
  rng::key key{.seed = 1};
  const auto std_numbers = [&] {
    for (float& number : y.span()) number = draw(engine);
  };
  bench::compare(
      state,
      [&] {
        ++key.step;
        mine(x.span(), key);
      },
      "std", std_numbers);
  state.counters["numbers_per_second"] = 1e6 * count / state.counters["p10_us"];
  state.counters["times_as_fast"] = 1 / state.counters["times_std"];
}

void uniform(benchmark::State& state) {
  beside<std::uniform_real_distribution<float>>(state, [](auto to, const auto& key) { rng::uniform(to, key); });
}

void normal(benchmark::State& state) {
  beside<std::normal_distribution<float>>(state, [](auto to, const auto& key) { rng::normal(to, key); });
}

}  // namespace

BENCHMARK(uniform)->UseManualTime();
BENCHMARK(normal)->UseManualTime();
