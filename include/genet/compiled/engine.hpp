#pragma once
// What runs nets, by scalar.
#include "../run/engine.hpp"
#include "held.hpp"

namespace genet::inline GENET_ISA::execution {

GENET_HELD class engine<float>;
GENET_HELD class engine<double>;

}  // namespace genet::execution
