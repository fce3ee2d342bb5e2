// Two latent numbers, so that the whole latent space is one picture.
#include "run.hpp"

namespace variants {

using namespace genet;

struct map_encoder : net<input<1, 28, 28>, flatten, dense<512>, relu, dense<256>, relu,
                         heads<head<"mean", dense<2>>, head<"log_variance", dense<2>>>> {};
struct map_decoder : net<input<2>, dense<256>, relu, dense<512>, relu, dense<784>, reshape<1, 28, 28>> {};
using map = vae<map_encoder, map_decoder, bernoulli>;

void run_map(const settings& s) {
  train<map>(s, {"VAE with a map for a latent space",
                                 R"(struct encoder : net<input<1, 28, 28>, flatten, dense<512>, relu, dense<256>, relu,
                     heads<head<"mean", dense<2>>, head<"log_variance", dense<2>>>> {};
struct decoder : net<input<2>, dense<256>, relu, dense<512>, relu, dense<784>, reshape<1, 28, 28>> {};
using map = vae<encoder, decoder, bernoulli>;)"});
}

}  // namespace variants
