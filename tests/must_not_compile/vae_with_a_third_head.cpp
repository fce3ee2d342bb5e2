// expect: vae: encoder wants the heads mean, log_variance in this order, gives mean (20), log_variance (20), class (10)
#include <genet/declare.hpp>
using namespace genet;

struct decoder : net<input<20>, dense<400>, relu, dense<784>, reshape<1, 28, 28>> {};
#ifndef FIXED
struct encoder : net<input<1, 28, 28>, flatten, dense<400>, relu,
                     heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>,
                           head<"class", dense<10>>>> {};
#else
struct encoder : net<input<1, 28, 28>, flatten, dense<400>, relu,
                     heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
#endif
struct model_of_clothes : vae<encoder, decoder> {};
