// Dense, relu, batch norm and dropout both ways: the layers of a well-known Keras tutorial, with a latent sample.
#include "run.hpp"

namespace variants {

using namespace genet;

using hidden = chain<dense<512>, relu, batch_norm, dropout<0.2>>;
struct article_encoder : net<input<1, 28, 28>, flatten, hidden,
                             heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
struct article_decoder : net<input<20>, hidden, dense<784>, reshape<1, 28, 28>> {};
using article = vae<article_encoder, article_decoder, bernoulli>;

void run_article(const settings& s) {
  train<article>(s, {"VAE with batch norm and dropout",
                                     R"(using hidden = chain<dense<512>, relu, batch_norm, dropout<0.2>>;
struct encoder : net<input<1, 28, 28>, flatten, hidden,
                     heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
struct decoder : net<input<20>, hidden, dense<784>, reshape<1, 28, 28>> {};
using article = vae<encoder, decoder, bernoulli>;)"});
}

}  // namespace variants
