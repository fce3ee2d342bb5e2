#pragma once
#include <span>

#include "../layers/gaussian_noise.hpp"
#include "../random/distributions.hpp"
#include "contribute.hpp"

namespace genet::inline GENET_ISA {

template <real S>
struct compute<gaussian_noise<S>> {
  static constexpr bool by_rows = true;

  /// The noise is drawn where the result will be: nothing is kept, as backward does not read it.
  template <class T, shapes In>
  static void forward(const context<T>& c) {
    const long n = c.rows * In[0].size();
    const auto x = tensor::flat(c.real(), n);
    auto y = tensor::flat(c.result(), n);
    if (c.how != mode::training) return tensor::assign(y, x);
    constexpr T deviation = static_cast<T>(gaussian_noise<S>::deviation);
    if (c.injected) return tensor::assign(y, x + tensor::flat(c.injected, n) * deviation);
    rng::normal(std::span<T>(c.result(), static_cast<std::size_t>(n)), c.noise,
                static_cast<std::uint64_t>(c.first_row * In[0].size()));
    tensor::assign(y, x + y * deviation);
  }
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    const long n = c.rows * In[0].size();
    contribute<Want, 0>(c.in_gradient[0], n, tensor::flat(c.out_gradient, n));
  }
};

}  // namespace genet
