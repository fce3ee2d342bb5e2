#pragma once
// The steps of Adam, by scalar.
#include "../train/optimisers.hpp"
#include "held.hpp"

namespace genet::inline GENET_ISA::optimiser_detail {

#define GENET_OPTIMISERS(T)                                                                                           \
  GENET_HELD void adam_update<true>(const adam&, T*, const T*, T* const*, long, const adam_step&);                    \
  GENET_HELD void adam_update<false>(const adamw&, T*, const T*, T* const*, long, const adam_step&);
GENET_OPTIMISERS(float)
GENET_OPTIMISERS(double)
#undef GENET_OPTIMISERS
GENET_HELD std::vector<update_range> cut_ranges<>(std::span<const placed_tensor>, long,
                                                  std::span<const parameter_rule>);

}  // namespace genet::optimiser_detail
