// expect: gan: discriminator: gradient penalty: layer 2 of 4, batch_norm
#include <genet/declare.hpp>
using namespace genet;

struct generator : net<noise<4>, dense<6>> {};
struct mixing : net<input<6>, dense<3>, batch_norm, relu, dense<1>> {};
struct plain : net<input<6>, dense<3>, relu, dense<1>> {};
#ifndef FIXED
constexpr auto n = gan<generator, mixing, wasserstein<gradient_penalty>>::parameter_count;
#else
constexpr auto n = gan<generator, plain, wasserstein<gradient_penalty>>::parameter_count;
#endif
