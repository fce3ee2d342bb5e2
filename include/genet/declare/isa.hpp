#pragma once
// The instruction set that a translation unit is compiled for is part of every name of the library: parts of one
// program that were compiled for different processors (a plain one and one with AVX-512 behind a run-time check) then
// link without taking each other's functions. Written names are unchanged, since the namespace is inline. Told apart are
// the sets whose vectors differ, as x86-64, -v2, -v3 and -v4 do; `native` has the name of the largest among them.

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
#define GENET_ISA avx512
#elif defined(__AVX512F__)
#define GENET_ISA avx512f
#elif defined(__AVX2__) && defined(__FMA__)
#define GENET_ISA avx2_fma
#elif defined(__AVX2__)
#define GENET_ISA avx2
#elif defined(__AVX__)
#define GENET_ISA avx
#elif defined(__SSE4_2__)
#define GENET_ISA sse4
#elif defined(__SSE2__)
#define GENET_ISA sse2
#elif defined(__ARM_FEATURE_SVE)
#define GENET_ISA sve
#elif defined(__ARM_NEON)
#define GENET_ISA neon
#else
#define GENET_ISA scalar
#endif

namespace genet {
inline namespace GENET_ISA {}
}  // namespace genet
