#pragma once
// What genet::kernels holds. A unit that is compiled with GENET_COMPILED_KERNELS, which the target says, takes it from
// there; the unit that makes the library (compiled/kernels.cpp) makes all of it. Each list below is read by both.

#ifdef GENET_KERNELS_UNIT
#define GENET_HELD template
#else
#define GENET_HELD extern template
#endif
