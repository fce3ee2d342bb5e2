// Convolutions in the manner of Radford et al. 2016. Pixels from 0 to 1, as they come.
#include "run.hpp"

namespace variants {

using namespace genet;

struct dcgan_generator : net<noise<64>, dense<3136, no_bias>, batch_norm, relu, reshape<64, 7, 7>,
                          conv_transpose2d<32, kernel<4>, stride<2>, padding<1>, no_bias>, batch_norm, relu,
                          conv_transpose2d<1, kernel<4>, stride<2>, padding<1>>, sigmoid> {};
struct dcgan_discriminator : net<input<1, 28, 28>, conv2d<32, kernel<4>, stride<2>, padding<1>>, leaky_relu<0.2>,
                              conv2d<64, kernel<4>, stride<2>, padding<1>, no_bias>, batch_norm, leaky_relu<0.2>, flatten,
                              dense<1>> {};
using dcgan = gan<dcgan_generator, dcgan_discriminator, non_saturating, average<0.999>>;

void run_dcgan(const settings& s) {
  train<dcgan>(s, {"DCGAN", R"(struct generator : net<noise<64>, dense<3136, no_bias>, batch_norm, relu, reshape<64, 7, 7>,
                    conv_transpose2d<32, kernel<4>, stride<2>, padding<1>, no_bias>, batch_norm, relu,
                    conv_transpose2d<1, kernel<4>, stride<2>, padding<1>>, sigmoid> {};
struct discriminator : net<input<1, 28, 28>, conv2d<32, kernel<4>, stride<2>, padding<1>>, leaky_relu<0.2>,
                        conv2d<64, kernel<4>, stride<2>, padding<1>, no_bias>, batch_norm, leaky_relu<0.2>, flatten,
                        dense<1>> {};
using clothes = gan<generator, discriminator, non_saturating, average<0.999>>;)"}, betas{0.5, 0.999}, cosine{});
}

}  // namespace variants
