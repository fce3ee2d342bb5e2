#include <genet/tensor/activation.hpp>
#include <genet/tensor/assign.hpp>
#include <genet/tensor/views.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace genet;

namespace {

struct swish {
  static auto value(auto x) { return x / (1 + exp(-x)); }
  static auto derivative(auto x) {
    auto s = 1 / (1 + exp(-x));
    return s * (1 + x * (1 - s));
  }
};

struct logistic {
  static auto value(auto x) { return 1 / (1 + exp(-x)); }
  static auto derivative_from_output(auto y) { return y * (1 - y); }
};

struct no_derivative {
  static auto value(auto x) { return x; }
};

double swish_of(double x) { return x / (1 + std::exp(-x)); }
double logistic_of(double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

static_assert(!tensor::from_output<swish> && tensor::from_output<logistic>);
static_assert(tensor::activation<swish> && tensor::activation<logistic> && !tensor::activation<no_derivative>);

TEST_CASE_TEMPLATE("value and gradient follow from the two formulas", T, float, double) {
  constexpr long n = 53;
  std::vector<T> x(n), dy(n), y(n), dx(n);
  for (long i = 0; i < n; ++i) {
    x[static_cast<std::size_t>(i)] = static_cast<T>(0.2 * static_cast<double>(i) - 5);
    dy[static_cast<std::size_t>(i)] = static_cast<T>(1 + 0.1 * static_cast<double>(i % 7));
  }
  auto X = tensor::flat(x.data(), n), Y = tensor::flat(y.data(), n), DY = tensor::flat(dy.data(), n),
       DX = tensor::flat(dx.data(), n);
  const double h = 1e-5, tolerance = sizeof(T) == 4 ? 1e-5 : 1e-8;
  auto compare = [&](auto f) {
    double bad = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const double v = static_cast<double>(x[i]), slope = (f(v + h) - f(v - h)) / (2 * h);
      bad = std::max({bad, std::abs(f(v) - static_cast<double>(y[i])),
                      std::abs(slope * static_cast<double>(dy[i]) - static_cast<double>(dx[i]))});
    }
    return bad;
  };
  tensor::assign(Y, tensor::apply<swish>(X));
  tensor::assign(DX, tensor::pull_back<swish>(X, DY));
  CHECK(compare(swish_of) < tolerance);
  tensor::assign(Y, tensor::apply<logistic>(X));
  tensor::assign(DX, tensor::pull_back<logistic>(Y, DY));
  CHECK(compare(logistic_of) < tolerance);
}

TEST_CASE("activations take part in larger expressions, and every element has the bits of the vector formula") {
  float x[40], y[40], z[40];
  for (int i = 0; i < 40; ++i) x[i] = 0.3f;
  auto X = tensor::row<37>(x), Y = tensor::row<37>(y), Z = tensor::row<37>(z);
  tensor::assign(Y, tensor::apply<swish>(X * 2.f) + tensor::apply<logistic>(X));
  for (int i = 0; i < 37; ++i) CHECK(y[i] == doctest::Approx(swish_of(0.6) + logistic_of(0.3)).epsilon(1e-6));
  tensor::assign(Z, tensor::apply<swish>(X));
  for (int i = 1; i < 37; ++i) CHECK(z[i] == z[0]);
}
