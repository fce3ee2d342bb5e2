// expect: gradient penalty: wants one output, or one named score, got real (1), class (10)
#include <genet/kernels.hpp>
#include <genet/run/tangent_session.hpp>

using namespace genet;

#ifndef FIXED
struct critic : net<input<4>, dense<3>, relu, heads<head<"real", dense<1>>, head<"class", dense<10>>>> {};
#else
struct critic : net<input<4>, dense<3>, relu, heads<head<"score", dense<1>>, head<"class", dense<10>>>> {};
#endif

struct trained {
  tangent_session<critic> s{8};
};
