// expect: gan: average<1> wants a decay between 0 and 1
#include <genet/declare.hpp>
using namespace genet;

struct generator : net<noise<4>, dense<6>> {};
struct discriminator : net<input<6>, dense<3>, relu, dense<1>> {};
#ifndef FIXED
constexpr auto n = gan<generator, discriminator, hinge, average<1>>::parameter_count;
#else
constexpr auto n = gan<generator, discriminator, hinge, average<0.99>>::parameter_count;
#endif
