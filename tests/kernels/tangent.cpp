// Tangents of activations: forward and backward against differences of the ordinary kernels.
#include <genet/kernels/activations.hpp>
#include <genet/kernels/tangent.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

using namespace genet;

namespace {

struct sine : activation {
  static constexpr text label() { return "sine"; }
  static auto value(auto x) { return sin(x); }
  static auto derivative(auto x) { return cos(x); }
};

template <class T> std::vector<T> wave(long n, double scale, double shift) {
  std::vector<T> v(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < v.size(); ++i)
    v[i] = static_cast<T>(scale * std::sin(7.0 * static_cast<double>(i) + shift));
  return v;
}

template <class A, class T> void tangents_are_right() {
  CAPTURE(std::string(A::label().view()));
  constexpr long n = 53;
  constexpr double h = 1e-5;
  const auto x = wave<T>(n, 3, 0.1), along = wave<T>(n, 1, 0.5);
  const auto dy = wave<T>(n, 2, 0.9), dy_along = wave<T>(n, 1, 2.1);
  // In double: y, and phi'(x) dy, at x + t along and dy + t dy_along
  const auto pass = [&](double t) {
    std::vector<double> at(n), g(n), y(n), dx(n);
    for (std::size_t i = 0; i < n; ++i) {
      at[i] = static_cast<double>(x[i]) + t * static_cast<double>(along[i]);
      g[i] = static_cast<double>(dy[i]) + t * static_cast<double>(dy_along[i]);
    }
    element_run<A>::template forward<double>(at.data(), y.data(), nullptr, n);
    element_run<A>::backward(run_values<double>{at.data(), y.data()}, g.data(), dx.data(), n);
    return std::pair{y, dx};
  };
  const auto [up, up_dx] = pass(h);
  const auto [down, down_dx] = pass(-h);

  std::vector<T> y(n), y_along(n), dx_along(n), sum(n, T(0.25)), bent(n);
  element_run<A>::template forward<T>(x.data(), y.data(), nullptr, n);
  tangent_stretch<T> s{.at = A::from_output ? y.data() : x.data(), .along = along.data(), .to = y_along.data()};
  activation_tangent<A>::forward(s, n);
  s.along = A::from_output ? y_along.data() : along.data();
  s.gradient = dy.data();
  s.gradient_tangent = dy_along.data();
  s.to = dx_along.data();
  activation_tangent<A>::backward(s, n);
  s.to = sum.data();
  s.add = true;
  activation_tangent<A>::backward(s, n);
  s.to = bent.data();
  s.add = false;
  s.gradient_tangent = nullptr;  // zero
  activation_tangent<A>::backward(s, n);
  const double tolerance = sizeof(T) == 4 ? 1e-5 : 1e-8;
  for (std::size_t i = 0; i < n; ++i) {
    if (std::abs(static_cast<double>(x[i])) < 1e-3) continue;  // a kink
    const double slope = (up[i] - down[i]) / (2 * h), slope_dx = (up_dx[i] - down_dx[i]) / (2 * h);
    CHECK(std::abs(static_cast<double>(y_along[i]) - slope) < tolerance);
    CHECK(std::abs(static_cast<double>(dx_along[i]) - slope_dx) < 4 * tolerance);
    CHECK(std::abs(static_cast<double>(sum[i]) - slope_dx - 0.25) < 4 * tolerance);
    const double ordinary = slope / (along[i] == T(0) ? 1 : static_cast<double>(along[i]));  // phi'
    CHECK(std::abs(static_cast<double>(bent[i]) - (slope_dx - ordinary * static_cast<double>(dy_along[i]))) <
          10 * tolerance);
  }
}

template <class A, class T> void is_finite_far_out() {
  CAPTURE(std::string(A::label().view()));
  const std::vector<T> x{T(-1e4), T(-200), T(-90), T(-40), T(40), T(90), T(200), T(1e4)}, one(8, T(1));
  std::vector<T> y(8), y_along(8), dx(8);
  element_run<A>::template forward<T>(x.data(), y.data(), nullptr, 8);
  tangent_stretch<T> s{.at = A::from_output ? y.data() : x.data(), .along = one.data(), .to = y_along.data()};
  activation_tangent<A>::forward(s, 8);
  s.along = A::from_output ? y_along.data() : one.data();
  s.gradient = one.data();
  s.to = dx.data();
  activation_tangent<A>::backward(s, 8);
  for (const T v : dx) CHECK(std::abs(v) < T(1e-3));  // all of them are straight there
}

}  // namespace

TEST_CASE_TEMPLATE("the tangent of each activation and of its backward pass", T, float, double) {
  tangents_are_right<relu, T>();
  tangents_are_right<leaky_relu<0.2>, T>();
  tangents_are_right<elu<1>, T>();
  tangents_are_right<elu<0.5>, T>();
  tangents_are_right<gelu, T>();
  tangents_are_right<silu, T>();
  tangents_are_right<tanh_, T>();
  tangents_are_right<sigmoid, T>();
  tangents_are_right<softplus, T>();
  tangents_are_right<sine, T>();
}

TEST_CASE_TEMPLATE("nothing overflows where exponentials do", T, float, double) {
  is_finite_far_out<elu<1>, T>();
  is_finite_far_out<gelu, T>();
  is_finite_far_out<silu, T>();
  is_finite_far_out<tanh_, T>();
  is_finite_far_out<sigmoid, T>();
  is_finite_far_out<softplus, T>();
}
