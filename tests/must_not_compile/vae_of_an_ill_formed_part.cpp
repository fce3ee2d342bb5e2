// expect: layer 4 of 4, reshape<1,28,28>: cannot view 700 elements (700) as 784 (1,28,28)
#include <genet/declare.hpp>
using namespace genet;

// The decoder speaks; the model of it stays silent, whatever is asked of it.
struct encoder : net<input<1, 28, 28>, flatten, dense<400>, relu,
                     heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
#ifndef FIXED
struct decoder : net<input<20>, dense<400>, relu, dense<700>, reshape<1, 28, 28>> {};
#else
struct decoder : net<input<20>, dense<400>, relu, dense<784>, reshape<1, 28, 28>> {};
#endif
struct model_of_clothes : vae<encoder, decoder> {};
