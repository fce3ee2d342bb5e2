#pragma once
// What runs tangents of nets, by scalar.
#include "../run/tangent_session.hpp"
#include "held.hpp"

namespace genet::inline GENET_ISA::execution {

GENET_HELD class tangent_engine<float>;
GENET_HELD class tangent_engine<double>;

}  // namespace genet::execution
