// expect: gaussian<...> wants fixed_variance, learned_variance or learned_variance_per_element
#include <genet/train/likelihoods.hpp>

#ifndef FIXED
genet::gaussian<int> likelihood;
#else
genet::gaussian<genet::learned_variance> likelihood;
#endif
