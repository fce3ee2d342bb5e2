#pragma once
#include "element_wise.hpp"

namespace genet::inline GENET_ISA {

template <real P>
struct compute<dropout<P>> : element_wise_kernels<dropout<P>> {};

}  // namespace genet
