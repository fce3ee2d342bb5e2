// vae.cpp and a second model of other sizes in the same unit: what one more model costs.
// Part of the compile-time figures (tools/measure-compile): it changes only where words of the library do.
#include "vae.cpp"

struct small_encoder : net<input<1, 28, 28>, flatten, dense<300>, relu,
                           heads<head<"mean", dense<12>>, head<"log_variance", dense<12>>>> {};
struct small_decoder : net<input<12>, dense<300>, relu, dense<784>, reshape<1, 28, 28>> {};
using small_clothes = vae<small_encoder, small_decoder, bernoulli>;

void run_small(const settings& s) { train<small_clothes>(s, "VAE 784-300-12"); }
