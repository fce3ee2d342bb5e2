// expect: gan: straight_through<T> is an option of seqgan, not of gan
#include <genet/declare.hpp>
using namespace genet;

struct generator : net<noise<4>, dense<6>> {};
struct discriminator : net<input<6>, dense<1>> {};
#ifndef FIXED
constexpr auto n = gan<generator, discriminator, hinge, straight_through<1>>::parameter_count;
#else
constexpr auto n = gan<generator, discriminator, hinge, average<0.9>>::parameter_count;
#endif
