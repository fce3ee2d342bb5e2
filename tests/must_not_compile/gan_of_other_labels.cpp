// expect: gan: generator reads labels below 4, discriminator below 3
#include <genet/declare.hpp>
using namespace genet;

template <int K>
struct generator : net<inputs<named<"z", noise<4>>, named<"y", labels<K>>>, with_label<K>, dense<6>> {};
struct discriminator : net<inputs<named<"x", input<6>>, named<"y", labels<3>>>, with_label<3>, dense<1>> {};
#ifndef FIXED
constexpr auto n = gan<generator<4>, discriminator>::parameter_count;
#else
constexpr auto n = gan<generator<3>, discriminator>::parameter_count;
#endif
