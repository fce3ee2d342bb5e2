// expect: gan: pack<1> wants at least two examples
#include <genet/declare.hpp>
using namespace genet;

struct generator : net<noise<4>, dense<6>> {};
struct one : net<input<6>, dense<1>> {};
struct two : net<input<12>, dense<1>> {};
#ifndef FIXED
constexpr auto n = gan<generator, one, non_saturating, pack<1>>::parameter_count;
#else
constexpr auto n = gan<generator, two, non_saturating, pack<2>>::parameter_count;
#endif
