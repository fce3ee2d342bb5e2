#pragma once
#include <algorithm>
#include <span>

#include "../layers/reparameterize.hpp"
#include "../random/distributions.hpp"
#include "contribute.hpp"

namespace genet::inline GENET_ISA {

template <>
struct compute<reparameterize> {
  static constexpr bool by_rows = true;
  template <class T, shapes In>
  static void forward(const context<T>& c) {
    const long n = c.rows * In[0].size();
    if (c.injected)
      std::copy_n(c.injected, n, c.saved);
    else
      rng::normal(std::span<T>(c.saved, static_cast<std::size_t>(n)), c.noise,
                  static_cast<std::uint64_t>(c.first_row * In[0].size()));
    const auto mean = tensor::flat(c.real(0), n), log_variance = tensor::flat(c.real(1), n);
    const auto e = tensor::flat(c.saved, n);
    tensor::assign(tensor::flat(c.result(), n), mean + e * xt::exp(log_variance * T(0.5)));
  }
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    const long n = c.rows * In[0].size();
    const auto dz = tensor::flat(c.out_gradient, n), e = tensor::flat(c.saved, n);
    if constexpr (Want.input(0)) contribute<Want, 0>(c.in_gradient[0], n, dz);
    if constexpr (Want.input(1))
      contribute<Want, 1>(c.in_gradient[1], n, dz * e * xt::exp(tensor::flat(c.real(1), n) * T(0.5)) * T(0.5));
  }
};

}  // namespace genet
