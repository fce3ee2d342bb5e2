#pragma once
#include "../layers/softmax.hpp"
#include "../tensor/reduce.hpp"
#include "contribute.hpp"

namespace genet::inline GENET_ISA {

/// Line by line: the examples times all dimensions but the last.
template <>
struct compute<softmax> {
  static constexpr bool by_rows = true;
  template <class T, shapes In>
  static void forward(const context<T>& c) {
    constexpr long n = In[0][In[0].rank - 1];
    for (long at = 0; at < c.rows * In[0].size(); at += n) {
      T top{};
      tensor::row_max(c.real() + at, 1, n, &top);
      auto y = tensor::flat(c.result() + at, n);
      tensor::assign(y, xt::exp(tensor::flat(c.real() + at, n) - top));
      tensor::assign(y, y * static_cast<T>(1 / tensor::sum(c.result() + at, n)));
    }
  }
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {  // dx = y (dy - sum y dy)
    constexpr long n = In[0][In[0].rank - 1];
    for (long at = 0; at < c.rows * In[0].size(); at += n) {
      const auto y = tensor::flat(c.result() + at, n);
      auto y_dy = tensor::flat(c.out_gradient + at, n);
      tensor::assign(y_dy, y_dy * y);
      contribute<Want, 0>(c.in_gradient[0] + at, n, y_dy - y * static_cast<T>(tensor::sum(c.out_gradient + at, n)));
    }
  }
};

template <>
struct compute<log_softmax> {
  static constexpr bool by_rows = true;
  template <class T, shapes In>
  static void forward(const context<T>& c) {
    constexpr long n = In[0][In[0].rank - 1];
    for (long at = 0; at < c.rows * In[0].size(); at += n) {
      T log_sum{};
      tensor::row_log_sum_exp(c.real() + at, 1, n, &log_sum);
      tensor::assign(tensor::flat(c.result() + at, n), tensor::flat(c.real() + at, n) - log_sum);
    }
  }
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {  // dx = dy - exp(y) sum dy
    constexpr long n = In[0][In[0].rank - 1];
    for (long at = 0; at < c.rows * In[0].size(); at += n) {
      const auto y = tensor::flat(c.result() + at, n), dy = tensor::flat(c.out_gradient + at, n);
      contribute<Want, 0>(c.in_gradient[0] + at, n,
                          dy - xt::exp(y) * static_cast<T>(tensor::sum(c.out_gradient + at, n)));
    }
  }
};

}  // namespace genet
