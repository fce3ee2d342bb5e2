#pragma once
// Constrained parameters as functions of free numbers, with the logarithm of the Jacobian determinant, so that
// samplers and optimisers move in a space without borders. The transforms are Stan's (Reference Manual, constraint
// transforms).

#include <genet/declare/error.hpp>
#include <genet/declare/real.hpp>
#include <genet/tensor/graded.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>

namespace genet::inline GENET_ISA::inference {

namespace detail {

/// log(1 + exp(x)) without overflow.
template <class N>
N log1p_exp(const N& x) {
  return x.v > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

/// 1 / (1 + exp(-x)) without overflow.
template <class N>
N logistic(const N& x) {
  if (x.v > 0) return 1 / (1 + exp(-x));
  const N e = exp(x);
  return e / (1 + e);
}

[[noreturn, gnu::cold]] inline void outside(std::string_view constraint, int at) {
  errors::raise<bad_input>({"parameter ", at, " of ", constraint, ": found a value outside of it"});
}

}  // namespace detail

/// A constraint: `size` parameters theta from `free_size` numbers x. constrain(x, theta) returns log |det d theta / d
/// x| (of a simplex: of its first N - 1 parameters); release(theta, x) is its inverse, and throws bad_input outside.

/// N parameters without a constraint.
template <int N = 1>
struct unbounded {
  static_assert(N >= 1, "a parameter has at least one number");
  static constexpr int size = N, free_size = N;
  template <class Number>
  static Number constrain(const Number* x, Number* theta) {
    std::copy_n(x, N, theta);
    return 0;
  }
  static void release(const double* theta, double* x) { std::copy_n(theta, N, x); }
};

/// N parameters above 0: exp(x).
template <int N = 1>
struct positive {
  static_assert(N >= 1, "a parameter has at least one number");
  static constexpr int size = N, free_size = N;
  template <class Number>
  static Number constrain(const Number* x, Number* theta) {
    Number log_jacobian = 0;
    for (int i = 0; i < N; ++i) {
      theta[i] = exp(x[i]);
      log_jacobian += x[i];
    }
    return log_jacobian;
  }
  static void release(const double* theta, double* x) {
    for (int i = 0; i < N; ++i) {
      if (!(theta[i] > 0)) detail::outside("positive", i);
      x[i] = std::log(theta[i]);
    }
  }
};

/// N parameters between Low and High: `interval<0, 1>`, `interval<-0.5, 0.5, 3>`.
template <real Low, real High, int N = 1>
struct interval {
  static_assert(N >= 1, "a parameter has at least one number");
  static_assert(Low.value() < High.value(), "an interval's first end is below its second");
  static constexpr int size = N, free_size = N;
  template <class Number>
  static Number constrain(const Number* x, Number* theta) {
    constexpr double low = Low.value(), length = High.value() - low;
    Number log_jacobian = N * std::log(length);
    for (int i = 0; i < N; ++i) {
      theta[i] = low + length * detail::logistic(x[i]);
      log_jacobian -= detail::log1p_exp(x[i]) + detail::log1p_exp(-x[i]);
    }
    return log_jacobian;
  }
  static void release(const double* theta, double* x) {
    for (int i = 0; i < N; ++i) {
      if (!(theta[i] > Low.value() && theta[i] < High.value())) detail::outside("interval", i);
      x[i] = std::log((theta[i] - Low.value()) / (High.value() - theta[i]));
    }
  }
};

/// N numbers above 0 whose sum is 1, by breaking a stick; x = 0 is the middle.
template <int N>
struct simplex {
  static_assert(N >= 2, "a simplex has at least two numbers");
  static constexpr int size = N, free_size = N - 1;
  template <class Number>
  static Number constrain(const Number* x, Number* theta) {
    Number log_jacobian = 0, log_rest = 0;
    for (int i = 0; i < N - 1; ++i) {
      const Number y = x[i] - std::log(static_cast<double>(N - 1 - i));
      const Number log_part = -detail::log1p_exp(-y), log_other = -detail::log1p_exp(y);
      theta[i] = exp(log_rest + log_part);
      log_jacobian += log_rest + log_part + log_other;
      log_rest += log_other;
    }
    theta[N - 1] = exp(log_rest);
    return log_jacobian;
  }
  static void release(const double* theta, double* x) {
    double sum = 0, rest = 0;
    for (int i = 0; i < N; ++i) {
      if (!(theta[i] > 0)) detail::outside("simplex", i);
      sum += theta[i];
    }
    if (!(std::abs(sum - 1) < 1e-8)) throw bad_input("simplex: found parameters whose sum is not 1");
    for (int i = N - 2; i >= 0; --i) {
      rest += theta[i + 1];
      x[i] = std::log(theta[i] / rest) + std::log(static_cast<double>(N - 1 - i));
    }
  }
};

/// N ascending numbers: the first free, then exp(x) between neighbours.
template <int N>
struct ordered {
  static_assert(N >= 2, "ordered parameters are at least two");
  static constexpr int size = N, free_size = N;
  template <class Number>
  static Number constrain(const Number* x, Number* theta) {
    Number log_jacobian = 0;
    theta[0] = x[0];
    for (int i = 1; i < N; ++i) {
      theta[i] = theta[i - 1] + exp(x[i]);
      log_jacobian += x[i];
    }
    return log_jacobian;
  }
  static void release(const double* theta, double* x) {
    x[0] = theta[0];
    for (int i = 1; i < N; ++i) {
      if (!(theta[i] > theta[i - 1])) detail::outside("ordered", i);
      x[i] = std::log(theta[i] - theta[i - 1]);
    }
  }
};

/// The parameters of a model, one constraint after the other: `parameters<unbounded<>, positive<>, unbounded<8>>`.
template <class... Constraints>
struct parameters {
  static constexpr int size = (0 + ... + Constraints::size), free_size = (0 + ... + Constraints::free_size);
  static_assert(size > 0, "a model has at least one parameter");
  template <class Number>
  static Number constrain(const Number* x, Number* theta) {
    Number log_jacobian = 0;
    ((log_jacobian += Constraints::constrain(x, theta), x += Constraints::free_size, theta += Constraints::size),
     ...);
    return log_jacobian;
  }
  static void release(const double* theta, double* x) {
    ((Constraints::release(theta, x), x += Constraints::free_size, theta += Constraints::size), ...);
  }
};

}  // namespace genet::inline GENET_ISA::inference
