// The generator is told the class, and the discriminator judges by it (Miyato & Koyama 2018).
#include "run.hpp"

namespace variants {

using namespace genet;

struct conditional_generator
    : net<inputs<named<"noise", noise<64>>, named<"label", labels<10>>>, with_label<10, embedding<16>>,
          dense<3136, no_bias>, batch_norm, relu, reshape<64, 7, 7>,
          conv_transpose2d<32, kernel<4>, stride<2>, padding<1>, no_bias>, batch_norm, relu,
          conv_transpose2d<1, kernel<4>, stride<2>, padding<1>>, sigmoid> {};
struct conditional_discriminator
    : net<inputs<named<"image", input<1, 28, 28>>, named<"label", labels<10>>>,
          heads<head<"features", pick<"image">, conv2d<32, kernel<4>, stride<2>, padding<1>>, leaky_relu<0.2>,
                     conv2d<64, kernel<4>, stride<2>, padding<1>, no_bias>, batch_norm, leaky_relu<0.2>, flatten>,
                head<"label", pick<"label">>>,
          label_projection<10>> {};
using conditional = gan<conditional_generator, conditional_discriminator, non_saturating, average<0.999>>;

void run_conditional(const settings& s) {
  train<conditional>(s, {"Conditional DCGAN", R"(struct generator
    : net<inputs<named<"noise", noise<64>>, named<"label", labels<10>>>, with_label<10, embedding<16>>,
          dense<3136, no_bias>, batch_norm, relu, reshape<64, 7, 7>,
          conv_transpose2d<32, kernel<4>, stride<2>, padding<1>, no_bias>, batch_norm, relu,
          conv_transpose2d<1, kernel<4>, stride<2>, padding<1>>, sigmoid> {};
struct discriminator
    : net<inputs<named<"image", input<1, 28, 28>>, named<"label", labels<10>>>,
          heads<head<"features", pick<"image">, conv2d<32, kernel<4>, stride<2>, padding<1>>, leaky_relu<0.2>,
                     conv2d<64, kernel<4>, stride<2>, padding<1>, no_bias>, batch_norm, leaky_relu<0.2>, flatten>,
                head<"label", pick<"label">>>,
          label_projection<10>> {};
using clothes = gan<generator, discriminator, non_saturating, average<0.999>>;)"}, betas{0.5, 0.999}, cosine{});
}

}  // namespace variants
