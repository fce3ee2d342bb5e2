// expect: layer 2 of 3, reparameterize: wants mean and log_variance of one shape, got mean (2), log_variance (3)
#include <genet/declare.hpp>
using namespace genet;

#ifndef FIXED
struct network : net<input<8>, heads<head<"mean", dense<2>>, head<"log_variance", dense<3>>>, reparameterize, dense<8>> {};
#else
struct network : net<input<8>, heads<head<"mean", dense<2>>, head<"log_variance", dense<2>>>, reparameterize, dense<8>> {};
#endif
