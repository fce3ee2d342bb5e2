// The autoencoder of bench_steps in dlib. Its products are those of the BLAS that libdlib was linked with.
#include "measure.hpp"
#include "pictures.hpp"

#include <dlib/dnn.h>

#include <vector>

namespace {

constexpr long batch = 128;
using numbers = dlib::matrix<float>;
template <long N, class Below>
using hidden = dlib::relu<dlib::fc<N, Below>>;
using autoencoder =
    dlib::loss_mean_squared_multioutput<dlib::fc<784, hidden<512, hidden<20, hidden<512, dlib::input<numbers>>>>>>;

void autoencoder_training(benchmark::State& state) {
  const std::vector<float> x = bench::pictures(batch);
  std::vector<numbers> pictures;
  for (long i = 0; i < batch; ++i) pictures.push_back(dlib::mat(x.data() + i * bench::pixels, bench::pixels, 1));
  autoencoder net;
  std::vector<dlib::adam> solvers(autoencoder::num_computational_layers, dlib::adam(0, 0.9f, 0.999f));
  dlib::resizable_tensor in;
  net.to_tensor(pictures.begin(), pictures.end(), in);
  const long first = 784 * 512, others = 512 * 20 + 20 * 512 + 512 * 784;
  bench::measure(state, 2.0 * static_cast<double>(batch * (2 * first + 3 * others)), [&] {
    net.compute_parameter_gradients(in, pictures.begin());
    net.update_parameters(dlib::make_sstack(solvers), 1e-3);
  });
}

}  // namespace

BENCHMARK(autoencoder_training)->UseManualTime()->Unit(benchmark::kMillisecond);
