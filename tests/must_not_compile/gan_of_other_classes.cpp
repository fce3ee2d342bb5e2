// expect: gan: discriminator tells 3 classes, but generator reads labels below 4
#include <genet/declare.hpp>
using namespace genet;

template <int K>
struct generator : net<inputs<named<"z", noise<4>>, named<"y", labels<K>>>, with_label<K>, dense<6>> {};
struct discriminator : net<input<6>, heads<head<"score", dense<1>>, head<"class", dense<3>>>> {};
#ifndef FIXED
constexpr auto n = gan<generator<4>, discriminator>::parameter_count;
#else
constexpr auto n = gan<generator<3>, discriminator>::parameter_count;
#endif
