// Ten iterations of EM for a Gaussian mixture of ten components on 64 principal components of the 60,000 training images
// of Fashion-MNIST, from the first ten of them as means: bench/peers/mixtures.py does the same by scikit-learn. Without the
// images it measures nothing.
#include <genet/data/dataset.hpp>
#include <genet/data/images.hpp>
#include <genet/metrics/pca.hpp>
#include <genet/models/gaussian_mixture.hpp>

#include "measure.hpp"

#include <filesystem>
#include <vector>

using namespace genet;

namespace {

constexpr long components = 10, dimension = 64;

struct sample {
  std::vector<double> values, variances;
};
const sample& images() {
  static const sample all = [] {
    const auto pictures = data::images(data::find_dataset().train_images, shape{3, {1, 28, 28}});
    const metrics::points x(pictures.x, 784);
    const metrics::pca p(x, dimension);
    return sample{p.project(x), {p.variances().begin(), p.variances().end()}};
  }();
  return all;
}

template <class Covariance>
void mixture(benchmark::State& state) {
  if (!std::filesystem::exists(data::fashion_mnist)) return state.SkipWithError("no images of Fashion-MNIST");
  const auto& x = images();
  const std::vector<double> even(components, 1. / components);
  std::vector<double> covariances;
  for (long k = 0; k < components; ++k)
    for (long i = 0; i < dimension; ++i)
      if constexpr (std::is_same_v<Covariance, diagonal>)
        covariances.push_back(x.variances[static_cast<std::size_t>(i)]);
      else
        for (long j = 0; j < dimension; ++j)
          covariances.push_back(i == j ? x.variances[static_cast<std::size_t>(i)] : 0);
  double reached = 0;
  bench::measure(state, [&] {
    gaussian_mixture<components, dimension, Covariance> m;
    m.set(even, std::span(x.values).first(components * dimension), covariances);
    reached = m.fit({x.values, dimension},
                    {.iterations = 10, .tolerance = 0, .start = mixture_start::given, .variance_floor = 0})
                  .final();
  });
  state.counters["log_likelihood"] = reached;
}

}  // namespace

BENCHMARK(mixture<diagonal>)->Name("diagonal")->UseManualTime();
BENCHMARK(mixture<full>)->Name("full")->UseManualTime();
