#pragma once
// Views: xtensor's words for memory that somebody else owns. They cost nothing to make.

#include <genet/tensor/simd.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace genet::inline GENET_ISA::tensor {

/// `n` elements at `p` as a one-dimensional xtensor. `T` may be const. Keeps the pointer, owns nothing.
template <class T> auto flat(T* p, long n) {
  const auto size = static_cast<std::size_t>(n);
  // The pointer must arrive as an rvalue: from an lvalue xt::adapt makes a view that refers to this function's
  // variable.
  return xt::adapt(std::move(p), size, xt::no_ownership(), std::array<std::size_t, 1>{size});
}

/// `rows` x `columns` elements at `p`, row after row, as a two-dimensional xtensor. Keeps the pointer, owns nothing.
template <class T> auto matrix(T* p, long rows, long columns) {
  const auto r = static_cast<std::size_t>(rows), c = static_cast<std::size_t>(columns);
  return xt::adapt(std::move(p), r * c, xt::no_ownership(), std::array<std::size_t, 2>{r, c});
}

/// `N` elements at `p` as an xtensor whose size is part of its type: one example in an element-wise expression.
template <long N, class T> auto row(T* p) {
  return xt::adapt(std::move(p), xt::xshape<static_cast<std::size_t>(N)>{});
}

}  // namespace genet::tensor
