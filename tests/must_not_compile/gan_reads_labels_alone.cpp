// expect: gan: discriminator reads labels, generator does not
#include <genet/declare.hpp>
using namespace genet;

struct generator : net<noise<4>, dense<6>> {};
struct labelled : net<inputs<named<"z", noise<4>>, named<"y", labels<3>>>, with_label<3>, dense<6>> {};
struct discriminator : net<inputs<named<"x", input<6>>, named<"y", labels<3>>>, with_label<3>, dense<1>> {};
#ifndef FIXED
constexpr auto n = gan<generator, discriminator>::parameter_count;
#else
constexpr auto n = gan<labelled, discriminator>::parameter_count;
#endif
