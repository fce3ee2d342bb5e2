// expect: gradient penalty: wants reals as the first source, got label labels (1), image (4)
#include <genet/kernels.hpp>
#include <genet/run/tangent_session.hpp>

using namespace genet;

#ifndef FIXED
using sources = inputs<named<"label", labels<10>>, named<"image", input<4>>>;
#else
using sources = inputs<named<"image", input<4>>, named<"label", labels<10>>>;
#endif
struct critic : net<sources, pick<"image">, dense<1>> {};

struct trained {
  tangent_session<critic> s{8};
};
