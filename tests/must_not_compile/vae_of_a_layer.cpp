// expect: constraint
// expect: vae
#include <genet/declare.hpp>
using namespace genet;

struct decoder : net<input<20>, dense<400>, relu, dense<784>, reshape<1, 28, 28>> {};
struct encoder : net<input<1, 28, 28>, flatten, dense<400>, relu,
                     heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
#ifndef FIXED
struct clothes : vae<relu, decoder> {};
#else
struct clothes : vae<encoder, decoder> {};
#endif
