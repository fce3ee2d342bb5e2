#pragma once
// The losses that the library knows, by scalar.
#include "../train/losses.hpp"
#include "held.hpp"

namespace genet::inline GENET_ISA {

#define GENET_LOSSES(T)                                                                                               \
  GENET_HELD double evaluate_loss(const mse&, const T*, const T*, long, long, T*, double, tensor::team&);             \
  GENET_HELD double evaluate_loss(const mae&, const T*, const T*, long, long, T*, double, tensor::team&);             \
  GENET_HELD double evaluate_loss(const bce_with_logits&, const T*, const T*, long, long, T*, double, tensor::team&); \
  GENET_HELD double evaluate_loss(const cross_entropy&, const T*, const std::int32_t*, long, long, T*, double, tensor::team&); \
  GENET_HELD double evaluate_loss(const kl_to_standard_normal&, const T*, const T*, long, long, T*, T*, double, contribution, tensor::team&);
GENET_LOSSES(float)
GENET_LOSSES(double)
#undef GENET_LOSSES

}  // namespace genet
