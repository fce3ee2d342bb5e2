// Convolutions down to 7 x 7 and back up: they know which pixels are neighbours, dense layers have to learn it.
#include "run.hpp"

namespace variants {

using namespace genet;

struct conv_encoder : net<input<1, 28, 28>, conv2d<32, kernel<4>, stride<2>, padding<1>>, relu,
                          conv2d<64, kernel<4>, stride<2>, padding<1>>, relu, flatten, dense<256>, relu,
                          heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
struct conv_decoder : net<input<20>, dense<256>, relu, dense<64 * 7 * 7>, relu, reshape<64, 7, 7>,
                          conv_transpose2d<32, kernel<4>, stride<2>, padding<1>>, relu,
                          conv_transpose2d<1, kernel<4>, stride<2>, padding<1>>> {};
using conv = vae<conv_encoder, conv_decoder, bernoulli>;

void run_conv(const settings& s) {
  train<conv>(s, {"Convolutional VAE",
                  R"(struct encoder : net<input<1, 28, 28>, conv2d<32, kernel<4>, stride<2>, padding<1>>, relu,
                     conv2d<64, kernel<4>, stride<2>, padding<1>>, relu, flatten, dense<256>, relu,
                     heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
struct decoder : net<input<20>, dense<256>, relu, dense<64 * 7 * 7>, relu, reshape<64, 7, 7>,
                     conv_transpose2d<32, kernel<4>, stride<2>, padding<1>>, relu,
                     conv_transpose2d<1, kernel<4>, stride<2>, padding<1>>> {};
using clothes = vae<encoder, decoder, bernoulli>;)"});
}

}  // namespace variants
