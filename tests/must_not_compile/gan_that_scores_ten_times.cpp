// expect: gan: discriminator wants to end in one logit (1) or in a map of logits (1,H,W), gives (10)
#include <genet/declare.hpp>
using namespace genet;

struct generator : net<noise<4>, dense<6>> {};
#ifndef FIXED
struct discriminator : net<input<6>, dense<10>> {};
constexpr auto n = gan<generator, discriminator>::parameter_count;
#else
struct discriminator : net<input<6>, dense<1>> {};
constexpr auto n = gan<generator, discriminator>::parameter_count;
#endif
