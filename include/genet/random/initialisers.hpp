#pragma once
// Filling parameters before training, by the formulas of torch.nn.init.

#include <genet/declare/initialiser.hpp>
#include <genet/declare/shape.hpp>
#include <genet/random/distributions.hpp>
#include <genet/tensor/linear.hpp>
#include <genet/tensor/memory.hpp>

#include <algorithm>
#include <cmath>
#include <span>

namespace genet::inline GENET_ISA::rng {

namespace detail {

// A random matrix with orthonormal rows (if out <= in) or columns, all such matrices equally likely: Q of a normal
// matrix's QR, with R's diagonal positive. In double, whatever T is.
template <class T> void orthogonal(std::span<T> to, long out, long in, double gain, const key& k) {
  const long vectors = std::min(out, in), length = std::max(out, in);
  tensor::block<double> a(vectors * length), diagonal(vectors), beta(vectors);
  normal(a.span(), k);
  tensor::qr(vectors, length, a.data(), diagonal.data(), beta.data());
  tensor::qr_form_q(vectors, length, a.data(), beta.data());
  for (long v = 0; v < vectors; ++v)
    for (long l = 0; l < length; ++l) {
      const double value = (diagonal[v] < 0 ? -gain : gain) * a[v * length + l];
      to[static_cast<std::size_t>(out <= in ? v * in + l : l * in + v)] = static_cast<T>(value);
    }
}

}  // namespace detail

/// Fills a row-major parameter of shape `s` as `how` says. Its first dimension counts outputs; `fan_in` is the number
/// of inputs that one output of the layer sees (for a bias: its weight's), fan-out is size / s[1] as in PyTorch. The
/// numbers depend on the key alone, and in float and double they are draws of the same law, not the same draws.
///
///   fan_in_uniform   U(+-1/sqrt(fan_in))                    torch.nn.Linear: kaiming_uniform_(a = sqrt(5)), and its
///                                                           bias
///   root_uniform     U(+-1/sqrt(first))                     torch.nn.LSTM
///   xavier_uniform   U(+-gain sqrt(6/(fan_in + fan_out)))   Glorot, Bengio 2010
///   xavier_normal    N(0, gain^2 2/(fan_in + fan_out))
///   kaiming_uniform  U(+-g sqrt(3/fan_in)), g^2 = 2/(1 + slope^2)   He et al. 2015
///   kaiming_normal   N(0, g^2/fan_in)
///   orthogonal       gain times orthonormal rows or columns of s[0] x (size / s[0])   Saxe et al. 2013
template <class T> void fill(std::span<T> to, const shape& s, const initialiser& how, long fan_in, const key& k) {
  using formula = initialiser::formula;
  const double first = how.first.value(), second = how.second.value();
  const double in = static_cast<double>(std::max(fan_in, 1L));
  const double out = s.rank >= 2 ? static_cast<double>(s.size() / s[1]) : static_cast<double>(s.size());
  const auto between = [&](double low, double high) {
    uniform(to, k);
    // below `high` also after rounding
    const T last = std::nextafter(static_cast<T>(high), static_cast<T>(low));
    for (T& v : to) v = std::min(static_cast<T>(low + (high - low) * static_cast<double>(v)), last);
  };
  const auto around = [&](double mean, double deviation) {
    normal(to, k);
    for (T& v : to) v = static_cast<T>(mean + deviation * static_cast<double>(v));
  };
  const auto within = [&](double bound) { between(-bound, bound); };
  const double rectified = std::sqrt(2 / (1 + first * first));
  switch (how.how) {
    case formula::constant: return std::fill(to.begin(), to.end(), static_cast<T>(first));
    case formula::uniform: return between(first, second);
    case formula::normal: return around(first, second);
    case formula::fan_in_uniform: return within(1 / std::sqrt(in));
    case formula::root_uniform: return within(1 / std::sqrt(first));
    case formula::xavier_uniform: return within(first * std::sqrt(6 / (in + out)));
    case formula::xavier_normal: return around(0, first * std::sqrt(2 / (in + out)));
    case formula::kaiming_uniform: return within(rectified * std::sqrt(3 / in));
    case formula::kaiming_normal: return around(0, rectified / std::sqrt(in));
    case formula::orthogonal: {
      const long rows = s.rank > 0 ? s[0] : 1;
      return detail::orthogonal(to, rows, rows > 0 ? s.size() / rows : 0, first, k);
    }
  }
}

}  // namespace genet::rng

#ifdef GENET_COMPILED_KERNELS
#include <genet/compiled/random.hpp>
#endif
