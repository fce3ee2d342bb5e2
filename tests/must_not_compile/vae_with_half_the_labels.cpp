// expect: vae: encoder takes labels, decoder takes none; give it inputs of code and labels
#include <genet/declare.hpp>
using namespace genet;

struct encoder : net<inputs<named<"image", input<1, 28, 28>>, named<"label", labels<10>>>,
                     heads<head<"x", pick<"image">, flatten>, head<"y", pick<"label">>>, with_label<10>, dense<400>,
                     relu, heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
#ifndef FIXED
struct decoder : net<input<20>, dense<400>, relu, dense<784>, reshape<1, 28, 28>> {};
#else
struct decoder : net<inputs<named<"code", input<20>>, named<"label", labels<10>>>, with_label<10>, dense<400>, relu,
                     dense<784>, reshape<1, 28, 28>> {};
#endif
struct model_of_clothes : vae<encoder, decoder> {};
