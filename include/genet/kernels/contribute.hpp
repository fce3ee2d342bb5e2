#pragma once
#include "../tensor/assign.hpp"
#include "../tensor/views.hpp"
#include "context.hpp"

namespace genet::inline GENET_ISA {

/// The gradient of input I as the step wants it: the first contribution writes, later ones add.
template <wants Want, int I, class T, class E>
void contribute(T* gradient, long n, E&& e) {
  auto to = tensor::flat(gradient, n);
  if constexpr (Want.adds(I)) tensor::assign(to, to + std::forward<E>(e));
  else tensor::assign(to, std::forward<E>(e));
}

}  // namespace genet
