#include <genet/tensor/graded.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>

using namespace genet;

namespace {

/// All derivatives of f(x, y) against central differences, the variables at the first and the last direction.
template <class F>
void gradients_agree(const char* name, const F& f, double x, double y) {
  CAPTURE(name);
  constexpr int N = 11;
  using number = tensor::graded<N>;
  using plain = tensor::graded<0>;
  const number g = f(number::variable(x, 0), number::variable(y, N - 1));
  CHECK(g.v == doctest::Approx(f(plain(x), plain(y)).v).epsilon(1e-14));
  const double h = 1e-6 * std::max(1., std::abs(x)), k = 1e-6 * std::max(1., std::abs(y));
  CHECK(g.derivative(0) ==
        doctest::Approx((f(plain(x + h), plain(y)).v - f(plain(x - h), plain(y)).v) / (2 * h)).epsilon(1e-6));
  CHECK(g.derivative(N - 1) ==
        doctest::Approx((f(plain(x), plain(y + k)).v - f(plain(x), plain(y - k)).v) / (2 * k)).epsilon(1e-6));
  for (int i = 1; i < N - 1; ++i) CHECK(g.derivative(i) == 0);
}

}  // namespace

TEST_CASE("every function and operator has the gradient of its values") {
  for (const double x : {0.3, 1.7}) {
    for (const double y : {0.6, 2.2}) {
      gradients_agree(
          "sums", [](auto a, auto b) { return 1 + a - 2 * b + a - 3 - (+b) + (2 - a); }, x, y);
      gradients_agree(
          "products", [](auto a, auto b) { return a * b * (3 - b) * 0.5 / 7; }, x, y);
      gradients_agree(
          "quotients", [](auto a, auto b) { return (1 - a) / (5 + b * b) + 2 / b; }, x, y);
      gradients_agree(
          "in place",
          [](auto a, auto b) {
            auto z = -a;
            z += 2, z *= b, z -= a, z /= 3 + b, z -= 1;
            return z;
          },
          x, y);
      gradients_agree(
          "exp, log", [](auto a, auto b) { return exp(a - b) + log(a * b) + log1p(a) * expm1(b); }, x, y);
      gradients_agree(
          "tanh, erf", [](auto a, auto b) { return tanh(a * b) + erf(a - b); }, x, y);
      gradients_agree(
          "sin, cos", [](auto a, auto b) { return sin(a) * cos(b); }, x, y);
      gradients_agree(
          "powers", [](auto a, auto b) { return sqrt(a + b) + square(a - b) + pow(a * b, 2.5); }, x, y);
      gradients_agree(
          "kinks", [](auto a, auto b) { return abs(a - b) * max(a, b) + min(a, 2 * b); }, x, y);
      gradients_agree(
          "choice", [](auto a, auto b) { return select(a < b && a <= b, a * a, b) + (a > b || a >= b ? a : b * b); },
          x, y);
      gradients_agree(
          "log_sum_exp", [](auto a, auto b) { return log_sum_exp(3 * a, b * b); }, x, y);
    }
  }
}

TEST_CASE("log_sum_exp of log 0") {
  const tensor::graded<2> none(-INFINITY), x = tensor::graded<2>::variable(3, 1);
  CHECK(log_sum_exp(none, none).v == -INFINITY);
  CHECK(log_sum_exp(none, x).v == 3);
  CHECK(log_sum_exp(x, none).derivative(1) == 1);
  CHECK(log_sum_exp(none, none).derivative(1) == 0);
}
