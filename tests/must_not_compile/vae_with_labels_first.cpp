// expect: vae: encoder wants one tensor, or inputs of data and labels, takes label labels (1), image (1,28,28)
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
using picture = inputs<named<"label", labels<10>>, named<"image", input<1, 28, 28>>>;
#else
using picture = inputs<named<"image", input<1, 28, 28>>, named<"label", labels<10>>>;
#endif
struct encoder : net<picture, heads<head<"x", pick<"image">, flatten>, head<"y", pick<"label">>>, with_label<10>,
                     dense<400>, relu, heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
struct decoder : net<inputs<named<"code", input<20>>, named<"label", labels<10>>>, with_label<10>, dense<400>, relu,
                     dense<784>, reshape<1, 28, 28>> {};
struct model_of_clothes : vae<encoder, decoder> {};
