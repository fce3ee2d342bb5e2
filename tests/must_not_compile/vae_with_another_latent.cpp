// expect: vae: decoder takes (10) but the latent of the encoder is (20)
#include <genet/declare.hpp>
using namespace genet;

struct encoder : net<input<1, 28, 28>, flatten, dense<400>, relu,
                     heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
#ifndef FIXED
struct decoder : net<input<10>, dense<400>, relu, dense<784>, reshape<1, 28, 28>> {};
#else
struct decoder : net<input<20>, dense<400>, relu, dense<784>, reshape<1, 28, 28>> {};
#endif
struct model_of_clothes : vae<encoder, decoder> {};
