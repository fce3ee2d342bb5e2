#pragma once
// `assign(to, expression)`: xtensor's assignment without its silent failures.

#include <genet/declare/error.hpp>
#include <genet/tensor/simd.hpp>

#include <algorithm>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace genet::inline GENET_ISA::tensor {

namespace detail {

template <class E>
struct is_function : std::false_type {};
template <class F, class... E>
struct is_function<xt::xfunction<F, E...>> : std::true_type {};

template <class S>
struct is_fixed_shape : std::false_type {};
template <std::size_t... N>
struct is_fixed_shape<xt::fixed_shape<N...>> : std::true_type {};

template <class S>
std::string show_extents(const S& shape) {
  std::string text = "(";
  for (const auto n : shape) text += (text.size() > 1 ? "," : "") + std::to_string(n);
  return text + ")";
}

template <class To, class E>
void require_same_shape(const To& to, const E& e) {
  if constexpr (is_function<E>::value) {
    std::apply([&](const auto&... part) { (require_same_shape(to, part), ...); }, e.arguments());
  } else if constexpr (!xt::is_xscalar<E>::value) {
    using mine = typename To::shape_type;
    using other = typename E::shape_type;
    if constexpr (is_fixed_shape<mine>::value && is_fixed_shape<other>::value) {
      constexpr bool same_shape = std::is_same_v<mine, other>;
      static_assert(same_shape,
                    "assign: an operand has another shape than the destination; there is no broadcasting here "
                    "(xtensor 0.24 computes wrong values with it), write a loop over rows");
    } else if (!std::equal(to.shape().begin(), to.shape().end(), e.shape().begin(), e.shape().end())) {
      throw error("assign: an operand has shape " + show_extents(e.shape()) + ", the destination " +
                  show_extents(to.shape()) + "; they must be equal, there is no broadcasting");
    }
  }
}

}  // namespace detail

/// to = e, vectorised, without a temporary. `to` is an adaptor or container whose elements follow each other in
/// memory.
///
/// Refused when compiled: a strided destination, an expression that xtensor would run scalar (xt::maximum, clip,
/// sign, cast, transpose, reductions), a mix of float and double (a `2.0` among floats), an operand of another fixed
/// shape. Throws genet::error when an operand whose size is known at run time has another shape. Numbers are no
/// operands.
template <class To, class E>
void assign(To&& to, E&& e) {
  using left = std::remove_cvref_t<To>;
  using right = std::remove_cvref_t<E>;
  if constexpr (requires { e.assign_to(to); }) {
    e.assign_to(to);
  } else {
    constexpr bool contiguous = left::contiguous_layout && left::static_layout != xt::layout_type::dynamic;
    static_assert(contiguous, "assign: the destination is strided, which would not be vectorised; assign row by row");
    constexpr bool same_type = std::is_same_v<typename left::value_type, typename right::value_type>;
    static_assert(same_type,
                  "assign: the expression has another number type than the destination; "
                  "write 2.f instead of 2.0 among floats");
    using traits = xt::xassign_traits<left, right>;
    constexpr bool vectorised = traits::simd_linear_assign() || traits::simd_strided_assign();
    static_assert(vectorised,
                  "assign: xtensor would run this expression one number at a time (xt::maximum, minimum, clip, "
                  "sign, cast, transpose and reductions do that); see the pitfalls page");
    detail::require_same_shape(to, e);
    // With equal shapes and layouts the linear loop is right; xtensor would also compile its two general loops.
    if constexpr (traits::simd_linear_assign() && left::static_layout == right::static_layout)
      xt::linear_assigner<true>::run(to, e);
    else
      xt::noalias(to) = std::forward<E>(e);
  }
}

}  // namespace genet::tensor
