// expect: layer 2 of 2, reparameterize: wants mean and log_variance of one shape, got mean (2), variance (2)
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<8>, heads<head<"mean", dense<2>>, head<"variance", dense<2>>>, reparameterize> {};
#else
struct network : net<input<8>, heads<head<"mean", dense<2>>, head<"log_variance", dense<2>>>, reparameterize> {};
#endif
