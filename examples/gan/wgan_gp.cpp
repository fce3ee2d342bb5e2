// A critic whose gradient is kept near 1 (Gulrajani et al. 2017): it has no batch norm, which would join the examples.
#include "run.hpp"

namespace variants {

using namespace genet;

struct wgan_gp_generator : net<noise<100>, dense<6272>, reshape<128, 7, 7>, batch_norm, relu,
                       conv_transpose2d<64, kernel<4>, stride<2>, padding<1>>, batch_norm, relu,
                       conv_transpose2d<1, kernel<4>, stride<2>, padding<1>>, sigmoid> {};
struct wgan_gp_discriminator : net<input<1, 28, 28>, conv2d<64, kernel<4>, stride<2>, padding<1>>, leaky_relu<0.2>,
                           conv2d<128, kernel<4>, stride<2>, padding<1>>, leaky_relu<0.2>, flatten, dense<1>> {};
using wgan_gp = gan<wgan_gp_generator, wgan_gp_discriminator, wasserstein<gradient_penalty>>;

void run_wgan_gp(const settings& s) {
  train<wgan_gp>(s, {"Wasserstein GAN with gradient penalty", R"(struct generator : net<noise<100>, dense<6272>, reshape<128, 7, 7>, batch_norm, relu,
                       conv_transpose2d<64, kernel<4>, stride<2>, padding<1>>, batch_norm, relu,
                       conv_transpose2d<1, kernel<4>, stride<2>, padding<1>>, sigmoid> {};
struct discriminator : net<input<1, 28, 28>, conv2d<64, kernel<4>, stride<2>, padding<1>>, leaky_relu<0.2>,
                           conv2d<128, kernel<4>, stride<2>, padding<1>>, leaky_relu<0.2>, flatten, dense<1>> {};
using clothes = gan<generator, discriminator, wasserstein<gradient_penalty>>;)"}, betas{0.5, 0.9});
}

}  // namespace variants
