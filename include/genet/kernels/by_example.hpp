#pragma once
#include <array>
#include <tuple>
#include <utility>

#include "contribute.hpp"

namespace genet::inline GENET_ISA {

/// A user's layer written for one example, in xtensor expressions:
///
///     struct affine {
///       using by_example = void;
///       static constexpr text label() { return "affine"; }
///       static constexpr answer infer(shape in) {
///         return gives(in).with("weight", in, parameter_group::weight, ones).with("bias", in, parameter_group::bias,
///         zeros);
///       }
///       static auto forward(const auto& x, const auto& p) { return x * p[0] + p[1]; }
///       static auto backward(const auto& x, const auto& p, const auto& dy) { return dy * p[0]; }
///       static auto parameters(const auto& x, const auto& p, const auto& dy) { return std::tuple(x * dy, dy); }
///     };
///
/// x, dy and every p[i] are xtensors of the example's size; `backward` gives the gradient of x, `parameters` what one
/// example adds to the gradient of each parameter. The output and every parameter have the shape of the input.
/// The library loops over the examples. docs/tutorial/02_custom_layer.md has the whole story.
template <class L>
concept by_example_layer = declarable<L> && requires {
  typename L::by_example;
};

template <by_example_layer L>
struct compute<L> {
  static constexpr bool by_rows = true;

  template <shapes In>
  static constexpr answer answered = L::infer(In[0]);

  template <class T, shapes In>
  static void forward(const context<T>& c) {
    constexpr long n = In[0].size();
    const auto p = parameters<T, In>(c);
    for (long r = 0; r < c.rows; ++r)
      tensor::assign(tensor::row<n>(c.result() + r * n), L::forward(tensor::row<n>(c.real() + r * n), p));
  }

  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    constexpr long n = In[0].size();
    constexpr int count = answered<In>.n_parameters;
    const auto p = parameters<T, In>(c);
    for (long r = 0; r < c.rows; ++r) {
      const auto x = tensor::row<n>(c.real() + r * n);
      const auto dy = tensor::row<n>(std::as_const(c).out_gradient + r * n);
      if constexpr (Want.parameters && count > 0) {
        const auto each = L::parameters(x, p, dy);
        static_assert(std::tuple_size_v<std::decay_t<decltype(each)>> == count,
                      "parameters(x, p, dy) gives one expression per declared parameter");
        [&]<std::size_t... I>(std::index_sequence<I...>) {
          (add_to<n>(c.parameter_gradient[I], std::get<I>(each), r > 0 || c.accumulate), ...);
        }
        (std::make_index_sequence<static_cast<std::size_t>(count)>{});
      }
      if constexpr (Want.input(0)) add_to<n>(c.in_gradient[0] + r * n, L::backward(x, p, dy), Want.adds(0));
    }
  }

 private:
  template <class T, shapes In>
  static auto parameters(const context<T>& c) {
    constexpr answer a = answered<In>;
    static_assert(a.out == In[0],
                  "a layer by example keeps the shape; derive it from nothing and give it forward<T, In> instead");
    static_assert(
        [] {
          for (int i = 0; i < answered<In>.n_parameters; ++i)
            if (answered<In>.parameters[i].s.size() != In[0].size()) return false;
          return true;
        }(),
        "the parameters of a layer by example have the shape of its input");
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return std::array<decltype(tensor::row<In[0].size()>(std::declval<const T*>())), sizeof...(I)>{
          tensor::row<In[0].size()>(c.parameters[I])...};
    }
    (std::make_index_sequence<static_cast<std::size_t>(a.n_parameters)>{});
  }

  template <long N, class T, class E>
  static void add_to(T* gradient, E&& e, bool add) {
    auto to = tensor::row<N>(gradient);
    if (add)
      tensor::assign(to, to + std::forward<E>(e));
    else
      tensor::assign(to, std::forward<E>(e));
  }
};

}  // namespace genet
