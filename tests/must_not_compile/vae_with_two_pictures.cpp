// expect: vae: decoder wants one output, gives a (784), b (784)
#include <genet/declare.hpp>
using namespace genet;

struct encoder : net<input<1, 28, 28>, flatten, dense<400>, relu,
                     heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
#ifndef FIXED
struct decoder : net<input<20>, heads<head<"a", dense<784>>, head<"b", dense<784>>>> {};
#else
struct decoder : net<input<20>, dense<400>, relu, dense<784>, reshape<1, 28, 28>> {};
#endif
struct model_of_clothes : vae<encoder, decoder> {};
