// A VAE whose pictures an adversary judges: they are compared with the images in its features (Larsen et al. 2016).
#include "run.hpp"

#include <genet/models/gan.hpp>
#include <genet/train/adversarial_trainer.hpp>

namespace variants {

using namespace genet;

struct adversarial_encoder : net<input<1, 28, 28>, conv2d<32, kernel<4>, stride<2>, padding<1>>, relu,
                                 conv2d<64, kernel<4>, stride<2>, padding<1>>, relu, flatten, dense<256>, relu,
                                 heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
struct adversarial_decoder : net<input<20>, dense<256>, relu, dense<64 * 7 * 7>, relu, reshape<64, 7, 7>,
                                 conv_transpose2d<32, kernel<4>, stride<2>, padding<1>>, relu,
                                 conv_transpose2d<1, kernel<4>, stride<2>, padding<1>>, sigmoid> {};
struct adversary : net<input<1, 28, 28>, conv2d<32, kernel<4>, stride<2>, padding<1>>, leaky_relu<0.2>,
                       conv2d<64, kernel<4>, stride<2>, padding<1>>, leaky_relu<0.2>, flatten,
                       heads<head<"score", dense<1>>, head<"features", dense<64>>>> {};
using pictures = vae<adversarial_encoder, adversarial_decoder, gaussian<>>;
using judged = gan<pictures, adversary>;

void run_adversarial(const settings& s) {
  model<judged> m{seed{s.o.seed}};
  workbench bench(s,
                  {"VAE and adversary",
                   R"(struct encoder : net<input<1, 28, 28>, conv2d<32, kernel<4>, stride<2>, padding<1>>, relu,
                     conv2d<64, kernel<4>, stride<2>, padding<1>>, relu, flatten, dense<256>, relu,
                     heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
struct decoder : net<input<20>, dense<256>, relu, dense<64 * 7 * 7>, relu, reshape<64, 7, 7>,
                     conv_transpose2d<32, kernel<4>, stride<2>, padding<1>>, relu,
                     conv_transpose2d<1, kernel<4>, stride<2>, padding<1>>, sigmoid> {};
struct adversary : net<input<1, 28, 28>, conv2d<32, kernel<4>, stride<2>, padding<1>>, leaky_relu<0.2>,
                       conv2d<64, kernel<4>, stride<2>, padding<1>>, leaky_relu<0.2>, flatten,
                       heads<head<"score", dense<1>>, head<"features", dense<64>>>> {};
using clothes = gan<vae<encoder, decoder, gaussian<>>, adversary>;)"},
                  pictures_of<pictures>(m));
  // Pixels are compared, too: features of an adversary that has learned little say little.
  trainer fit{m,
              adversarial{.reconstruction_weight = 784, .kl_weight = 0.5 * s.beta} + mse{},
              optimisers<adam, adam>{.generator = {.learning_rate = s.o.learning_rate},
                                     .discriminator = {.learning_rate = 0.2 * s.o.learning_rate, .beta1 = 0.5}},
              constant{}, training_options{.seed = s.o.seed, .threads = s.o.threads}};
  epoch_record tested;
  if (train_by(fit, m, bench, s, tested)) bench.finish(tested);
}

}  // namespace variants
