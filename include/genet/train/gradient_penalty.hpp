#pragma once
#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <span>

#include "../random/distributions.hpp"
#include "../tensor/reduce.hpp"
#include "../tensor/simd.hpp"
#include "../tensor/team.hpp"

namespace genet::inline GENET_ISA {

/// A penalty at the norm of one gradient, and its derivative with respect to the norm.
struct penalty_point {
  double value = 0, slope = 0;
};

/// A penalty on the norm of the gradient of a critic's score at its input: `weight`, and the formula `at(norm)`. A
/// user's own needs nothing else.
template <class P>
concept norm_penalty = requires(const P& p, double norm) {
  { p.weight } -> std::convertible_to<double>;
  { p.at(norm) } -> std::same_as<penalty_point>;
};

/// (|g| - 1)^2, at points between real and made examples. Gulrajani et al. 2017, Improved training of Wasserstein
/// GANs.
struct gradient_penalty {
  double weight = 10;
  static penalty_point at(double norm) { return {(norm - 1) * (norm - 1), 2 * (norm - 1)}; }
};

/// max(|g| - 1, 0)^2: smaller gradients are free. Petzka et al. 2018, On the regularization of Wasserstein GANs.
struct lipschitz_penalty {
  double weight = 10;
  static penalty_point at(double norm) {
    const double beyond = std::max(norm - 1, 0.0);
    return {beyond * beyond, 2 * beyond};
  }
};

/// |g|^2 / 2, at real examples. Mescheder et al. 2018, Which training methods for GANs do actually converge?
struct r1_penalty {
  double weight = 10;
  static penalty_point at(double norm) { return {norm * norm / 2, norm}; }
};

/// What a penalty measured on a batch.
struct penalty_value {
  double value = 0;      ///< the weight times the mean over the examples
  double mean_norm = 0;  ///< of the gradients
  penalty_value& operator+=(const penalty_value& other) {
    value += other.value;
    mean_norm += other.mean_norm;
    return *this;
  }
};

/// The penalty of `rows` gradients of n numbers; and into `direction`, unless it is null, the derivative of exactly
/// that value with respect to them, which tangent_session::add_gradient wants. Where a gradient vanishes the
/// direction does. `direction` may be `g` itself. Sums are doubles in a fixed order: same machine, same bits, for any
/// number of threads.
template <norm_penalty P, std::floating_point T>
penalty_value evaluate_penalty(const P& penalty, const T* g, long rows, long n, T* direction = nullptr,
                               tensor::team& team = tensor::alone()) {
  constexpr long worth_sharing = 2048;  // elements
  const double share = 1 / static_cast<double>(rows), weight = penalty.weight * share;
  return tensor::sum_over_blocks(
      rows, 1, (worth_sharing + n - 1) / std::max(n, 1L), team, [&](long first, long count) {
        penalty_value sum;
        for (long r = first; r < first + count; ++r) {
          const T* from = g + r * n;
          const double norm = std::sqrt(tensor::sum_of_squares(from, n));
          const penalty_point p = penalty.at(norm);
          sum += {weight * p.value, share * norm};
          if (!direction) continue;
          const tensor::simd<T> factor(static_cast<T>(norm == 0 ? 0 : weight * p.slope / norm));
          T* to = direction + r * n;
          tensor::each_vector<T>(
              n, [&](long i, long size) __attribute__((always_inline)) {
                tensor::store_partial(to + i, factor * tensor::load_partial(from + i, size), size);
              });
        }
        return sum;
      });
}

/// Points between real and made examples, u real + (1 - u) fake with one u for each example, uniform in [0, 1):
/// element r of the key. All are (rows, n); `to` may be one of the others.
template <std::floating_point T>
void interpolate(const T* real, const T* fake, long rows, long n, const rng::key& key, T* to,
                 tensor::team& team = tensor::alone()) {
  constexpr long at_once = 64;
  team.divide(rows, at_once, [&](long first, long count) {
    T u[at_once];
    for (long r = 0; r < count; ++r) {
      if (r % at_once == 0)
        rng::uniform(std::span<T>(u, static_cast<std::size_t>(std::min(at_once, count - r))), key,
                     static_cast<std::uint64_t>(first + r));
      const long row = (first + r) * n;
      const tensor::simd<T> share(u[r % at_once]);
      tensor::each_vector<T>(
          n, [&](long i, long size) __attribute__((always_inline)) {
            const auto a = tensor::load_partial(real + row + i, size), b = tensor::load_partial(fake + row + i, size);
            tensor::store_partial(to + row + i, tensor::fma<T>(share, a - b, b), size);
          });
    }
  });
}

}  // namespace genet
