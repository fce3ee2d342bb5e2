#pragma once
// The matrix product as an xtensor expression: assign(y, apply<swish>(matmul(x, w) + b)) is one call of the blocked
// kernel.

#include <genet/declare/error.hpp>
#include <genet/tensor/activation.hpp>
#include <genet/tensor/assign.hpp>
#include <genet/tensor/matmul.hpp>
#include <genet/tensor/memory.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace genet::inline GENET_ISA::tensor {

namespace detail {

// Memory of a two-dimensional container, adaptor or strided view (xt::transpose too).
template <class T> struct plane {
  T* at;
  long rows, columns, row_stride, column_stride;
};

template <class E> auto plane_of(E&& e, const char* what) {
  if (e.dimension() != 2)
    throw error(std::string("matmul: ") + what + " has shape " + show_extents(e.shape()) +
                ", expected two dimensions");
  using pointer = decltype(e.data());
  return plane<std::remove_pointer_t<pointer>>{e.data() + e.data_offset(), static_cast<long>(e.shape()[0]),
                                               static_cast<long>(e.shape()[1]), static_cast<long>(e.strides()[0]),
                                               static_cast<long>(e.strides()[1])};
}

inline std::string extents(long rows, long columns) {
  return "(" + std::to_string(rows) + "," + std::to_string(columns) + ")";
}

}  // namespace detail

/// A right operand in the layout that products read, made by `pack(w)`; use it for many products.
template <class T> struct packed {
  block<T> panels;
  long rows, columns;
};

/// Copies the matrix `w` (k x n, any strides: xt::transpose(w) does as well) into panels.
template <class E> auto pack(const E& w) {
  const auto p = detail::plane_of(w, "the right operand");
  using T = typename E::value_type;
  packed<T> result{block<T>(pack_size<T>(p.rows, p.columns)), p.rows, p.columns};
  pack(p.at, p.rows, p.columns, p.row_stride, p.column_stride, result.panels.data());
  return result;
}

/// The expression x w [+ bias] [under an activation], made by `matmul`. It has no elements to ask for: it can only be
/// assigned, by `assign` or xt::noalias, which runs the kernel. Refers to its operands.
template <class T> class product : public xt::xexpression<product<T>> {
 public:
  using value_type = T;
  using shape_type = std::array<std::size_t, 2>;
  static constexpr xt::layout_type static_layout = xt::layout_type::row_major;
  static constexpr bool contiguous_layout = false;

  product(detail::plane<const T> x, detail::plane<const T> w, T* panels, epilogue<T> e = {})
      : x_(x), w_(w), panels_(panels), e_(e) {
    if (x.columns != w.rows)
      throw error("matmul: the inner dimensions of " + detail::extents(x.rows, x.columns) + " and " +
                  detail::extents(w.rows, w.columns) + " differ");
  }

  shape_type shape() const { return {static_cast<std::size_t>(x_.rows), static_cast<std::size_t>(w_.columns)}; }

  template <class E> void assign_to(xt::xexpression<E>& to) const {
    const auto y = detail::plane_of(to.derived_cast(), "the destination of a product");
    if (y.rows != x_.rows || y.columns != w_.columns || (y.columns > 1 && y.column_stride != 1))
      throw error("matmul: the destination has shape " + detail::extents(y.rows, y.columns) + ", expected " +
                  detail::extents(x_.rows, w_.columns) + ", row after row");
    if (w_.at) pack(w_.at, w_.rows, w_.columns, w_.row_stride, w_.column_stride, panels_);
    matmul(x_.rows, w_.columns, x_.columns, x_.at, x_.row_stride, x_.column_stride, static_cast<const T*>(panels_),
           y.at, y.rows > 1 ? y.row_stride : y.columns, false, e_);
  }

  /// x w + bias: `bias` holds one value a column.
  template <class B> friend product operator+(product&& p, B&& bias) {
    if (static_cast<long>(bias.size()) != p.w_.columns || p.e_.bias || p.e_.each)
      throw error("matmul: the bias has shape " + detail::show_extents(bias.shape()) + ", expected (" +
                  std::to_string(p.w_.columns) + "), once, before an activation");
    p.e_.bias = bias.data() + bias.data_offset();
    return p;
  }

  /// A::value(x w [+ bias]), applied while a tile is in the first-level cache.
  template <class A> product under() && {
    if (e_.each) throw error("matmul: one activation at most; assign, then apply the second");
    e_.each = &detail::activate_tile<A, T>;
    return *this;
  }

 private:
  detail::plane<const T> x_, w_;  // w_.at is null when the panels are packed already
  T* panels_;
  epilogue<T> e_;
};

/// x w with a packed right operand.
template <class E, class T> product<T> matmul(const E& x, const packed<T>& w) {
  const auto p = detail::plane_of(x, "the left operand");
  return {{p.at, p.rows, p.columns, p.row_stride, p.column_stride},
          {nullptr, w.rows, w.columns, 0, 0},
          const_cast<T*>(w.panels.data())};  // only read: the null above says that they are packed
}

/// x w; `work` takes the packed right operand at assignment: pack_size<T>(k, n) elements, aligned to 64 bytes.
template <class E, class W, class T> product<T> matmul(const E& x, const W& w, std::span<T> work) {
  const auto p = detail::plane_of(x, "the left operand"), q = detail::plane_of(w, "the right operand");
  if (static_cast<long>(work.size()) < pack_size<T>(q.rows, q.columns))
    throw error("matmul: " + std::to_string(work.size()) + " elements of workspace, expected " +
                std::to_string(pack_size<T>(q.rows, q.columns)));
  return {{p.at, p.rows, p.columns, p.row_stride, p.column_stride},
          {q.at, q.rows, q.columns, q.row_stride, q.column_stride},
          work.data()};
}

/// apply<A>(matmul(x, w) + b): the activation joins the product's epilogue.
template <class A, class T> product<T> apply(product<T>&& p) { return std::move(p).template under<A>(); }

}  // namespace genet::tensor
