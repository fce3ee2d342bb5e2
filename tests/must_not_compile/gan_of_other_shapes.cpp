// expect: gan: generator gives (6) but discriminator takes (7)
#include <genet/declare.hpp>
using namespace genet;

struct generator : net<noise<4>, dense<6>> {};
#ifndef FIXED
struct discriminator : net<input<7>, dense<1>> {};
constexpr auto n = gan<generator, discriminator>::parameter_count;
#else
struct discriminator : net<input<6>, dense<1>> {};
constexpr auto n = gan<generator, discriminator>::parameter_count;
#endif
