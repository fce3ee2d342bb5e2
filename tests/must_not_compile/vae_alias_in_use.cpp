// expect: vae: decoder gives (784) but encoder takes (1,28,28)
#include <genet/declare.hpp>
using namespace genet;

struct encoder : net<input<1, 28, 28>, flatten, dense<400>, relu,
                     heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>> {};
#ifndef FIXED
struct decoder : net<input<20>, dense<784>> {};
#else
struct decoder : net<input<20>, dense<784>, reshape<1, 28, 28>> {};
#endif
using clothes = vae<encoder, decoder>;
static_assert(clothes::parameter_count >= 0);
constexpr auto table = summary<clothes>();
constexpr auto memory = activation_elements<clothes>;
