#pragma once
#include <type_traits>

#include "../layers/per_step.hpp"
#include "context.hpp"

namespace genet::inline GENET_ISA {

/// The layer's own kernel, the positions of all examples being its examples.
template <class L, class... Then>
struct per_step_kernels {
  using inner = compute<std::conditional_t<(sizeof...(Then) > 0), merged_layer<L, Then...>, L>>;
  static constexpr bool by_rows = requires { requires inner::by_rows; };
  static constexpr unsigned updates = [] {
    if constexpr (requires { inner::updates; })
      return inner::updates;
    else
      return 0U;
  }();

  template <class T, shapes In>
  static constexpr element_count workspace() {
    if constexpr (requires { inner::template workspace<T, position<In>>(); }) {
      const element_count one = inner::template workspace<T, position<In>>();
      return {one.per_example * In[0][0], one.per_batch};
    } else {
      return {};
    }
  }
  template <class T, shapes In>
  static void forward(const context<T>& c) {
    inner::template forward<T, position<In>>(of_positions<In>(c));
  }
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    inner::template backward<T, position<In>, Want>(of_positions<In>(c));
  }

 private:
  template <shapes In>
  static constexpr shapes position = by_step::position_of(In);

  template <shapes In, class T>
  static context<T> of_positions(const context<T>& c) {
    context<T> own = c;
    own.rows *= In[0][0];
    own.first_row *= In[0][0];
    return own;
  }
};

template <class L>
struct compute<by_step::each<L>> : per_step_kernels<L> {};
template <class L, class... Then>
struct compute<merged_layer<by_step::each<L>, Then...>> : per_step_kernels<L, Then...> {};

}  // namespace genet
