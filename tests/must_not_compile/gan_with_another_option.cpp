// expect: is no option of a gan; there are pack<M> and average<Decay>
#include <genet/declare.hpp>
using namespace genet;

struct generator : net<noise<4>, dense<6>> {};
struct discriminator : net<input<6>, dense<3>, relu, dense<1>> {};
#ifndef FIXED
constexpr auto n = gan<generator, discriminator, hinge, relu>::parameter_count;
#else
constexpr auto n = gan<generator, discriminator, hinge, average<0.99>>::parameter_count;
#endif
