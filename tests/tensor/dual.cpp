#include <genet/tensor/dual.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>

using namespace genet;

namespace {

/// The slope of f at x, from dual numbers and from central differences.
template <class F> void slopes_agree(const char* name, const F& f, std::initializer_list<double> points) {
  CAPTURE(name);
  for (const double x : points) {
    CAPTURE(x);
    using number = tensor::lane<double>;
    const auto y = f(tensor::dual<double>{number(x), number(1.5)});
    const double h = 1e-6 * std::max(1.0, std::abs(x));
    const double up = f(number(x + h)).v.get(0), down = f(number(x - h)).v.get(0);
    CHECK(y.v.v.get(0) == doctest::Approx(f(number(x)).v.get(0)).epsilon(1e-14));
    CHECK(y.d.v.get(0) == doctest::Approx(1.5 * (up - down) / (2 * h)).epsilon(1e-7));
  }
}

struct swish {
  static auto value(auto x) { return x / (1 + exp(-x)); }
  static auto derivative(auto x) {
    const auto s = 1 / (1 + exp(-x));
    return s * (1 + x * (1 - s));
  }
};
struct logistic {
  static auto value(auto x) { return 1 / (1 + exp(-x)); }
  static auto derivative_from_output(auto y) { return y * (1 - y); }
};
struct twice {
  static auto value(auto x) { return 2 * x; }
  static auto derivative(auto) { return 2; }
};

template <class T> T slope(const tensor::dual<T>& x) { return x.d.v.get(0); }

}  // namespace

TEST_CASE("every function and operator has the slope of its values") {
  const auto all = {-2.3, -0.4, 0.7, 1.9};
  const auto positive = {0.2, 0.7, 3.0};
  slopes_agree("sum", [](auto x) { return 1 + x - 2 * x + x; }, all);
  slopes_agree("product", [](auto x) { return x * x * (3 - x); }, all);
  slopes_agree("quotient", [](auto x) { return (1 - x) / (5 + x * x); }, all);
  slopes_agree("signs", [](auto x) { return -x * +x; }, all);
  slopes_agree("in place", [](auto x) {
    auto y = x;
    y += 2, y *= x, y -= 0.5, y /= 3 + x * x;
    return y;
  }, all);
  slopes_agree("exp", [](auto x) { return exp(2 * x); }, all);
  slopes_agree("expm1", [](auto x) { return expm1(-x); }, all);
  slopes_agree("log", [](auto x) { return log(x); }, positive);
  slopes_agree("log1p", [](auto x) { return log1p(x * x); }, all);
  slopes_agree("tanh", [](auto x) { return tanh(x); }, all);
  slopes_agree("erf", [](auto x) { return erf(0.5 * x); }, all);
  slopes_agree("sin, cos", [](auto x) { return sin(x) * cos(2 * x); }, all);
  slopes_agree("pow", [](auto x) { return pow(x, 2.5) + pow(2, x) + pow(x, x); }, positive);
  slopes_agree("pow of a negative base", [](auto x) { return pow(x, 3); }, {-2.0, -0.5});
  slopes_agree("sqrt", [](auto x) { return sqrt(1 + x * x); }, all);
  slopes_agree("abs", [](auto x) { return abs(x) * x; }, all);
  slopes_agree("square", [](auto x) { return square(x - 1); }, all);
  slopes_agree("fma", [](auto x) { return fma(x, 1 - x, x); }, all);
  slopes_agree("max, min", [](auto x) { return max(x, 0.5) * min(x * x, 1); }, all);
  slopes_agree("select", [](auto x) { return select(x > 0 && !(x >= 1), x * x, -3 * x); }, all);
  slopes_agree("select", [](auto x) { return select(x < -1 || x == 0.7 || x <= -2, x, 2 * x); }, {-2.3, -0.4, 1.9});
  slopes_agree("unequal", [](auto x) { return select(x != 0, x * x, x); }, all);
}

TEST_CASE_TEMPLATE("kinks and overflow", T, float, double) {
  using number = tensor::lane<T>;
  const auto at = [](double x) { return tensor::dual<T>{number(x), number(1)}; };
  CHECK(slope(abs(at(0))) == 0);
  CHECK(slope(max(at(0), 0)) == 0);
  CHECK(slope(pow(at(0), 2)) == 0);
  CHECK(slope(1 / (1 + exp(-at(-2000)))) == 0);
  CHECK(slope(at(-2000) / (1 + exp(-at(-2000)))) == 0);
  CHECK(std::isnan(slope(1 / at(std::numeric_limits<double>::quiet_NaN()))));
  CHECK(slope(tensor::dual<T>(3) * 2) == 0);
}

TEST_CASE("the second derivative of an activation is that of its formula, by input or by output") {
  using number = tensor::lane<double>;
  const double x = 0.8, s = 1 / (1 + std::exp(-x)), slope_of_s = s * (1 - s);
  const auto a = tensor::derivative<swish>(tensor::dual<double>{number(x), number(1)});
  CHECK(slope(a) == doctest::Approx(slope_of_s * (2 + x * (1 - 2 * s))));
  const auto b = tensor::derivative<logistic>(tensor::dual<double>{number(s), number(slope_of_s)});
  CHECK(slope(b) == doctest::Approx(slope_of_s * (1 - 2 * s)));
  const auto c = tensor::derivative<twice>(tensor::dual<double>{number(x), number(1)});
  CHECK(slope(c) == 0);
}
