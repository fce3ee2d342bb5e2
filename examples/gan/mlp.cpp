// Dense nets both ways. Pixels from 0 to 1, as they come.
#include "run.hpp"

namespace variants {

using namespace genet;

struct mlp_generator : net<noise<100>, dense<256>, batch_norm, leaky_relu<0.2>, dense<512>, batch_norm, leaky_relu<0.2>,
                       dense<784>, sigmoid, reshape<1, 28, 28>> {};
struct mlp_discriminator : net<input<1, 28, 28>, flatten, dense<512>, leaky_relu<0.2>, dropout<0.3>, dense<256>,
                           leaky_relu<0.2>, dropout<0.3>, dense<1>> {};
using mlp = gan<mlp_generator, mlp_discriminator, non_saturating>;

void run_mlp(const settings& s) {
  train<mlp>(s, {"GAN 100-256-512-784", R"(struct generator : net<noise<100>, dense<256>, batch_norm, leaky_relu<0.2>, dense<512>, batch_norm, leaky_relu<0.2>,
                       dense<784>, sigmoid, reshape<1, 28, 28>> {};
struct discriminator : net<input<1, 28, 28>, flatten, dense<512>, leaky_relu<0.2>, dropout<0.3>, dense<256>,
                           leaky_relu<0.2>, dropout<0.3>, dense<1>> {};
using clothes = gan<generator, discriminator, non_saturating>;)"}, betas{0.5, 0.999});
}

}  // namespace variants
