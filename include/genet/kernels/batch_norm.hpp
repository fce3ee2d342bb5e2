#pragma once
#include <algorithm>

#include "../declare/error.hpp"
#include "../layers/batch_norm.hpp"
#include "../tensor/reduce.hpp"
#include "contribute.hpp"

namespace genet::inline GENET_ISA {

/// Ioffe & Szegedy 2015, algorithm 1; formulas of torch.nn.BatchNorm1d. Kept once a batch: mean, 1/deviation, and two
/// sums per feature that only the backward pass uses.
template <class Layer>
struct batch_norm_kernels {
  template <class T, shapes In>
  static void forward(const context<T>& c) {
    constexpr long n = In[0].size();
    T* mean = c.saved_per_batch;
    T* inverse = mean + n;
    if (c.how == mode::training) {
      if (c.rows == 1) throw usage_error("batch_norm: training needs more than one example in a batch, got 1");
      tensor::column_moments(c.real(), c.rows, n, mean, inverse, *c.team);
      if (c.moving_state[0] && c.rows > 0) {
        constexpr T fresh = T(Layer::values.momentum);
        const T unbiased = fresh * static_cast<T>(c.rows) / static_cast<T>(c.rows - 1);
        move<n>(c.moving_state[0], mean, fresh);
        move<n>(c.moving_state[1], inverse, unbiased);
      }
    } else {
      std::copy_n(c.state[0], n, mean);
      std::copy_n(c.state[1], n, inverse);
    }
    auto s = tensor::flat(inverse, n);
    tensor::assign(s, T(1) / xt::sqrt(s + T(Layer::values.epsilon)));

    T* scale = inverse + n;
    tensor::assign(tensor::flat(scale, n), s * tensor::flat(c.parameters[0], n));
    for_rows(c, [&](long r) {
      tensor::assign(tensor::flat(c.result() + r * n, n),
                     (tensor::flat(c.real() + r * n, n) - tensor::flat(mean, n)) * tensor::flat(scale, n) +
                         tensor::flat(c.parameters[1], n));
    });
  }

  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    constexpr long n = In[0].size();
    const bool training = c.how == mode::training;
    T* sums = c.saved_per_batch + 2 * n;
    const auto mean = tensor::flat(c.saved_per_batch, n), inverse = tensor::flat(c.saved_per_batch + n, n);
    const auto weight = tensor::flat(c.parameters[0], n);
    auto sum = tensor::flat(sums, n), product_sum = tensor::flat(sums + n, n);  // of dy, and of dy times normalised x
    auto x = [&](long r) { return tensor::flat(c.real() + r * n, n); };
    auto dy = [&](long r) { return tensor::flat(c.out_gradient + r * n, n); };

    if (training || Want.parameters) {
      tensor::column_sums(c.out_gradient, c.rows, n, sums, false, *c.team);
      std::fill_n(sums + n, n, T(0));
      for (long r = 0; r < c.rows; ++r) tensor::assign(product_sum, product_sum + dy(r) * (x(r) - mean));
      tensor::assign(product_sum, product_sum * inverse);
    }
    if constexpr (Want.parameters) {
      give<n>(c.parameter_gradient[0], sums + n, c.accumulate);
      give<n>(c.parameter_gradient[1], sums, c.accumulate);
    }
    if constexpr (Want.input(0)) {
      if (training) {  // the statistics depend on x as well
        const T one = T(1) / static_cast<T>(std::max(c.rows, 1L));
        tensor::assign(sum, sum * one);
        tensor::assign(product_sum, product_sum * inverse * one);
        for_rows(c, [&](long r) {
          contribute<Want, 0>(c.in_gradient[0] + r * n, n,
                              weight * inverse * (dy(r) - sum - (x(r) - mean) * product_sum));
        });
      } else {
        for_rows(c,
                 [&](long r) { contribute<Want, 0>(c.in_gradient[0] + r * n, n, weight * inverse * dy(r)); });
      }
    }
  }

 private:
  template <class T, class F>
  static void for_rows(const context<T>& c, const F& f) {
    c.team->divide(c.rows, 16, [&](long first, long count) {
      for (long r = first; r < first + count; ++r) f(r);
    });
  }
  template <long N, class T>
  static void move(T* running, const T* batch, T factor) {
    constexpr T kept = T(1 - Layer::values.momentum);
    auto to = tensor::flat(running, N);
    tensor::assign(to, to * kept + tensor::flat(batch, N) * factor);
  }
  template <long N, class T>
  static void give(T* gradient, const T* sum, bool add) {
    auto to = tensor::flat(gradient, N);
    if (add) tensor::assign(to, to + tensor::flat(sum, N));
    else std::copy_n(sum, N, gradient);
  }
};

template <class... O>
struct compute<batch_norm_with<O...>> : batch_norm_kernels<batch_norm_with<O...>> {};
template <>
struct compute<batch_norm> : batch_norm_kernels<batch_norm_with<>> {};

}  // namespace genet
