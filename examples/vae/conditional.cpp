// Both nets are told the class, so that the code is left with what the images of a class differ in.
#include "run.hpp"

namespace variants {

using namespace genet;

struct conditional_encoder
    : net<inputs<named<"image", input<1, 28, 28>>, named<"label", labels<10>>>,
          heads<head<"x", pick<"image">, conv2d<32, kernel<4>, stride<2>, padding<1>>, relu,
                     conv2d<64, kernel<4>, stride<2>, padding<1>>, relu, flatten>,
                head<"y", pick<"label">>>,
          with_label<10>, dense<256>, relu, heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
struct conditional_decoder
    : net<inputs<named<"code", input<20>>, named<"label", labels<10>>>, with_label<10>, dense<256>, relu,
          dense<64 * 7 * 7>, relu, reshape<64, 7, 7>, conv_transpose2d<32, kernel<4>, stride<2>, padding<1>>, relu,
          conv_transpose2d<1, kernel<4>, stride<2>, padding<1>>> {};
using conditional = vae<conditional_encoder, conditional_decoder, bernoulli>;

void run_conditional(const settings& s) {
  train<conditional>(s, {"Conditional VAE", R"(struct encoder
    : net<inputs<named<"image", input<1, 28, 28>>, named<"label", labels<10>>>,
          heads<head<"x", pick<"image">, conv2d<32, kernel<4>, stride<2>, padding<1>>, relu,
                     conv2d<64, kernel<4>, stride<2>, padding<1>>, relu, flatten>,
                head<"y", pick<"label">>>,
          with_label<10>, dense<256>, relu, heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
struct decoder
    : net<inputs<named<"code", input<20>>, named<"label", labels<10>>>, with_label<10>, dense<256>, relu,
          dense<64 * 7 * 7>, relu, reshape<64, 7, 7>, conv_transpose2d<32, kernel<4>, stride<2>, padding<1>>, relu,
          conv_transpose2d<1, kernel<4>, stride<2>, padding<1>>> {};
using clothes = vae<encoder, decoder, bernoulli>;)"});
}

}  // namespace variants
