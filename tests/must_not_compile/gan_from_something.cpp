// expect: gan: generator takes (4), which is neither noise<N> nor the image (6) that it gives
#include <genet/declare.hpp>
using namespace genet;

struct discriminator : net<input<6>, dense<3>, relu, dense<1>> {};
#ifndef FIXED
struct generator : net<input<4>, dense<6>> {};
constexpr auto n = gan<generator, discriminator>::parameter_count;
#else
struct generator : net<noise<4>, dense<6>> {};
constexpr auto n = gan<generator, discriminator>::parameter_count;
#endif
