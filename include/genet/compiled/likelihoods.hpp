#pragma once
// The likelihoods that the library knows, by scalar.
#include "../train/likelihoods.hpp"
#include "held.hpp"

namespace genet::inline GENET_ISA {

#define GENET_LIKELIHOODS(T)                                                                                          \
  GENET_HELD double negative_log_likelihood(const bernoulli&, const likelihood_arguments<T>&, tensor::team&);         \
  GENET_HELD double negative_log_likelihood(const continuous_bernoulli&, const likelihood_arguments<T>&, tensor::team&); \
  GENET_HELD double negative_log_likelihood(const gaussian<fixed_variance>&, const likelihood_arguments<T>&, tensor::team&); \
  GENET_HELD double negative_log_likelihood(const gaussian<learned_variance>&, const likelihood_arguments<T>&, tensor::team&); \
  GENET_HELD double negative_log_likelihood(const gaussian<learned_variance_per_element>&, const likelihood_arguments<T>&, tensor::team&); \
  GENET_HELD void likelihood_mean(const bernoulli&, const T*, T*, long);                                              \
  GENET_HELD void likelihood_mean(const continuous_bernoulli&, const T*, T*, long);                                   \
  GENET_HELD void likelihood_sample(const bernoulli&, const T*, const T*, T*, long, long, const T*);                  \
  GENET_HELD void likelihood_sample(const continuous_bernoulli&, const T*, const T*, T*, long, long, const T*);
GENET_LIKELIHOODS(float)
GENET_LIKELIHOODS(double)
#undef GENET_LIKELIHOODS

}  // namespace genet
