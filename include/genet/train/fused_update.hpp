#pragma once
#include "optimisers.hpp"

namespace genet::inline GENET_ISA {

/// An optimiser that insists on stepping each weight within the backward pass, tile by tile while its gradient is in
/// the first-level cache, so that gradients of weights never reach the memory: `trainer fit{m, elbo{}, fused_update{
/// adam{}}}`. Same bits as the optimiser alone, which a trainer fuses by itself wherever nothing needs the gradients.
/// Whoever writes fused_update is told where that cannot be: by the compiler if the objective gives a weight more
/// than one contribution a step, by usage_error if clipping or accumulation is asked for.
template <optimiser O>
struct fused_update : O {
  using is_fused = void;
};
template <class O>
fused_update(O) -> fused_update<O>;

/// How many contributions a step gives to the gradient of a weight, by the objective's own word `contributions`: 1
/// unless a step runs a net several times, as a GAN's on real and on made pictures.
template <class Objective>
inline constexpr int contributions_of = [] {
  if constexpr (requires { Objective::contributions; })
    return Objective::contributions;
  else
    return 1;
}();

}  // namespace genet
