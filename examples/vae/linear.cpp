// A linear encoder and a linear Gaussian decoder: probabilistic PCA, whose likelihood has a closed form to compare with
// (Tipping & Bishop 1999; Lucas et al. 2019). The variances of the exact posterior do not depend on the image.
#include <genet/models/factor_analysis.hpp>

#include "run.hpp"

namespace variants {

using namespace genet;

struct linear_encoder : net<input<1, 28, 28>, flatten,
                            heads<head<"mean", dense<20>>, head<"log_variance", learned<20>>>> {};
struct linear_decoder : net<input<20>, dense<784>, reshape<1, 28, 28>> {};
using linear = vae<linear_encoder, linear_decoder, gaussian<learned_variance>>;

namespace {

/// log p(x) of the decoder, in the mean.
double exact(const model<linear>& m, const data::examples& x) {
  const auto numbers = [&](const char* name) {
    const auto v = m.get(name);
    return std::vector<double>(v.begin(), v.end());
  };
  probabilistic_pca<20, 784> decoder;
  decoder.set(numbers("decoder.0.bias"), numbers("decoder.0.weight"),
              std::vector<double>(784, std::exp(numbers("likelihood.log_variance")[0])));
  return decoder.log_likelihood({x.x, x.features}) / static_cast<double>(x.count);
}

}  // namespace

void run_linear(const settings& s) {
  train<linear>(s, {"Linear VAE: probabilistic PCA", R"(struct encoder : net<input<1, 28, 28>, flatten,
                     heads<head<"mean", dense<20>>, head<"log_variance", learned<20>>>> {};
struct decoder : net<input<20>, dense<784>, reshape<1, 28, 28>> {};
using linear = vae<encoder, decoder, gaussian<learned_variance>>;)"},
                cosine{}, exact);
}

}  // namespace variants
