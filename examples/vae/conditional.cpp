// Both nets are told the class, so that the code is left with what the images of a class differ in.
#include "run.hpp"

namespace variants {

using namespace genet;

struct conditional_encoder : net<inputs<named<"image", input<1, 28, 28>>, named<"label", labels<10>>>,
                                 heads<head<"x", pick<"image">, flatten>, head<"y", pick<"label">>>, with_label<10>,
                                 dense<400>, relu, heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {
};
struct conditional_decoder : net<inputs<named<"code", input<20>>, named<"label", labels<10>>>, with_label<10>,
                                 dense<400>, relu, dense<784>, reshape<1, 28, 28>> {};
using conditional = vae<conditional_encoder, conditional_decoder, bernoulli>;

void run_conditional(const settings& s) {
  train<conditional>(s, {"Conditional VAE 784-400-20",
                         R"(struct encoder : net<inputs<named<"image", input<1, 28, 28>>, named<"label", labels<10>>>,
                     heads<head<"x", pick<"image">, flatten>, head<"y", pick<"label">>>, with_label<10>,
                     dense<400>, relu, heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
struct decoder : net<inputs<named<"code", input<20>>, named<"label", labels<10>>>, with_label<10>,
                     dense<400>, relu, dense<784>, reshape<1, 28, 28>> {};
using clothes = vae<encoder, decoder, bernoulli>;)"});
}

}  // namespace variants
