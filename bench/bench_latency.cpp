// One picture at a time out of a decoder, weights hot: what a call costs beside the time that reading its weights
// takes (floor_us, times_floor).
#include <genet/genet.hpp>

#include "bandwidth.hpp"
#include "measure.hpp"

using namespace genet;

namespace {

template <int Code, int Width>
struct decoder : net<input<Code>, dense<Width>, relu, dense<784>, sigmoid> {};

template <int Code, int Width>
void decode(benchmark::State& state) {
  const model<decoder<Code, Width>> m{seed{1}};
  session<decoder<Code, Width>, float, capability::forward> run(1);
  std::vector<float> z(Code);
  rng::normal(std::span(z), {.seed = 1});
  // Rounded down to what the reader takes: a thousandth, in the floor's favour.
  const long numbers = static_cast<long>(m.parameters().size()) / (8 * 16) * (8 * 16);
  const tensor::block<float> weights(numbers);
  bench::compare(
      state, [&] { run.forward(m.view(), z.data(), 1); }, "floor", [&] { bench::read_all(weights.data(), numbers); });
  state.counters["bytes"] = static_cast<double>(4 * m.parameters().size());
}

}  // namespace

BENCHMARK(decode<20, 128>)->UseManualTime();
BENCHMARK(decode<20, 512>)->UseManualTime();
BENCHMARK(decode<20, 1024>)->UseManualTime();
BENCHMARK(decode<100, 2048>)->UseManualTime();
