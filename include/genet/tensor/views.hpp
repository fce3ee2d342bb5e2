#pragma once
// Views: xtensor's words for memory that somebody else owns. They cost nothing to make.

#include <genet/tensor/simd.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace genet::inline GENET_ISA::tensor {

namespace detail {

// Allocates for nobody. It brings the instruction set into the type of each view, and so into the names of xtensor's
// loops over them: compiled for another processor they must be other functions.
template <class T> struct view_allocator : std::allocator<T> {};

template <class T> using allocator_of = view_allocator<std::remove_const_t<T>>;

}  // namespace detail

/// `n` elements at `p` as a one-dimensional xtensor. `T` may be const. Keeps the pointer, owns nothing.
template <class T> auto flat(T* p, long n) {
  const auto size = static_cast<std::size_t>(n);
  // The pointer must arrive as an rvalue: from an lvalue xt::adapt makes a view that refers to this function's
  // variable.
  return xt::adapt(std::move(p), size, xt::no_ownership(), std::array<std::size_t, 1>{size},
                   xt::layout_type::row_major, detail::allocator_of<T>());
}

/// `rows` x `columns` elements at `p`, row after row, as a two-dimensional xtensor. Keeps the pointer, owns nothing.
template <class T> auto matrix(T* p, long rows, long columns) {
  const auto r = static_cast<std::size_t>(rows), c = static_cast<std::size_t>(columns);
  return xt::adapt(std::move(p), r * c, xt::no_ownership(), std::array<std::size_t, 2>{r, c},
                   xt::layout_type::row_major, detail::allocator_of<T>());
}

/// `N` elements at `p` as an xtensor whose size is part of its type: one example in an element-wise expression.
template <long N, class T> auto row(T* p) {
  constexpr auto size = static_cast<std::size_t>(N);
  using memory = xt::xbuffer_adaptor<T*, xt::no_ownership, detail::allocator_of<T>>;
  return xt::xfixed_adaptor<memory, xt::xshape<size>>(memory(std::move(p), size));
}

}  // namespace genet::tensor
