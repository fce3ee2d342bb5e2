#pragma once
// The only place that includes xtensor and xsimd. Knows both header layouts (0.24-0.25 flat, 0.26 and later in
// folders).

// clang does not say whether it has -funsafe-math-optimizations.
#if defined(__FAST_MATH__) || __FINITE_MATH_ONLY__ || defined(__ASSOCIATIVE_MATH__)
#error \
    "genet does not work under -ffast-math, -Ofast, -ffinite-math-only and -funsafe-math-optimizations: they break the exp, log and tanh of xsimd and hide NaN. Build without them."
#endif

// g++ without optimisation turns two AVX-512BW intrinsics into macros whose C casts reject xsimd's batches
// (xsimd 8.1). They take no immediate operand, so plain functions do as well.
#if defined(__GNUC__) && !defined(__clang__) && !defined(__OPTIMIZE__) && defined(__AVX512BW__)
#include <immintrin.h>
#if defined(_mm512_mask_blend_epi8) && defined(_mm512_mask_blend_epi16)
#undef _mm512_mask_blend_epi8
#undef _mm512_mask_blend_epi16
inline __m512i _mm512_mask_blend_epi8(__mmask64 choose, __m512i no, __m512i yes) {
  return reinterpret_cast<__m512i>(
      __builtin_ia32_blendmb_512_mask(reinterpret_cast<__v64qi>(no), reinterpret_cast<__v64qi>(yes), choose));
}
inline __m512i _mm512_mask_blend_epi16(__mmask32 choose, __m512i no, __m512i yes) {
  return reinterpret_cast<__m512i>(
      __builtin_ia32_blendmw_512_mask(reinterpret_cast<__v32hi>(no), reinterpret_cast<__v32hi>(yes), choose));
}
#endif
#endif

#ifndef XTENSOR_USE_XSIMD
#define XTENSOR_USE_XSIMD
#endif

#include <xsimd/xsimd.hpp>

#if defined(XSIMD_NO_SUPPORTED_ARCHITECTURE)
#error "genet computes with vectors: SSE2 or more on x86-64, NEON on aarch64. xsimd knows none of this processor."
#endif

#if __has_include(<xtensor/containers/xadapt.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xfixed.hpp>
#include <xtensor/containers/xtensor.hpp>
#include <xtensor/core/xmath.hpp>
#include <xtensor/core/xnoalias.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xfixed.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xnoalias.hpp>
#include <xtensor/xtensor.hpp>
#endif
