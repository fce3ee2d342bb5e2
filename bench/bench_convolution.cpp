// Products of convolutions and of transposed ones, as a share of what the processor's multiply-adds can do at that
// moment: the shapes of a generative net for images of 28x28, and some of deeper nets. Maps lie channels last and
// weights in panels, as a session and a model keep them; whatever else has to be gathered, turned or packed is so in
// each call. Products with zeros beside the map count as work, as everywhere, although large batches leave them out.
#include <genet/declare.hpp>
#include <genet/kernels.hpp>
#include <genet/run/storage.hpp>
#include <genet/tensor/memory.hpp>

#include "measure.hpp"

#include <string>

using namespace genet;

namespace {

enum class product { forward, weight_gradient, input_gradient };

template <class Layer, product P, class In, class T = float>
void convolution(benchmark::State& state) {
  constexpr shape in = source_of<In>::value[0].s;
  constexpr answer a = Layer::infer(in);
  constexpr shapes taken = spelled_out(shapes_of(source_of<In>::value));
  const long batch = state.range(0), weights = storage::elements<T>(a.parameters[0]);
  const auto filled = [](long n) {
    tensor::block<T> b(n);
    for (long i = 0; i < n; ++i) b[i] = static_cast<T>(static_cast<double>(i * 7919 % 1000) / 1000 - 0.5);
    return b;
  };
  auto x = filled(batch * in.size()), dx = filled(batch * in.size()), y = filled(batch * a.out.size()),
       weight = filled(weights), gradient = filled(weights), bias = filled(a.out[0]),
       bias_gradient = filled(a.out[0]);
  tensor::block<T> workspace(compute<Layer>::template workspace<T, taken>().at(batch));
  context<T> c;
  c.rows = batch;
  c.in[0] = x.data();
  c.out = y.data();
  c.out_gradient = y.data();
  c.in_gradient[0] = dx.data();
  c.parameters = {weight.data(), bias.data()};
  c.parameter_gradient = {gradient.data(), bias_gradient.data()};
  c.workspace = workspace.data();
  bench::measure<T>(state, static_cast<double>(batch * (a.flops - (Layer::has_bias ? a.out.size() : 0))), [&] {
    if constexpr (P == product::forward)
      compute<Layer>::template forward<T, taken>(c);
    else
      compute<Layer>::template backward<T, taken,
                                        P == product::input_gradient ? wants{1, 0, false} : wants{0, 0, true}>(c);
  });
}

template <int N, int K, class... O>
using halving = conv2d<N, kernel<K>, stride<2>, padding<1>, O...>;
template <int N, int K, class... O>
using doubling = conv_transpose2d<N, kernel<K>, stride<2>, padding<1>, O...>;
template <int N>
using keeping = conv2d<N, kernel<3>, padding<1>>;

void batches(benchmark::internal::Benchmark* b) { b->ArgName("batch")->Arg(128)->UseManualTime(); }

template <class Layer, class In>
void all(const char* name) {
  const std::string of = std::string("/") + name;
  batches(benchmark::RegisterBenchmark(("forward" + of).c_str(), convolution<Layer, product::forward, In>));
  batches(benchmark::RegisterBenchmark(("weight_gradient" + of).c_str(),
                                       convolution<Layer, product::weight_gradient, In>));
  batches(
      benchmark::RegisterBenchmark(("input_gradient" + of).c_str(), convolution<Layer, product::input_gradient, In>));
}

[[maybe_unused]] const bool registered = [] {
  all<halving<64, 4>, input<1, 28, 28>>("conv 1x28x28 to 64x14x14");
  all<halving<128, 4>, input<64, 14, 14>>("conv 64x14x14 to 128x7x7");
  all<doubling<64, 4>, input<128, 7, 7>>("transposed 128x7x7 to 64x14x14");
  all<doubling<1, 4>, input<64, 14, 14>>("transposed 64x14x14 to 1x28x28");
  all<keeping<32>, input<3, 32, 32>>("conv 3x32x32 to 32x32x32");
  all<keeping<64>, input<64, 16, 16>>("conv 64x16x16 to 64x16x16");
  all<conv2d<64, kernel<1>>, input<128, 8, 8>>("conv 128x8x8 to 64x8x8");
  all<conv2d<64, kernel<3>, padding<1>, groups<64>>, input<64, 16, 16>>("depthwise 64x16x16");
  return true;
}();

}  // namespace
