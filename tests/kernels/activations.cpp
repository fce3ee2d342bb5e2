#include <doctest/doctest.h>
#include <genet/kernels/activations.hpp>
#include <genet/kernels/add.hpp>
#include <genet/kernels/dense.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include "checks.hpp"

using namespace genet;
using namespace checks;

namespace {

/// A user's own: two formulas.
struct swish_of_two : activation {
  static constexpr text label() { return "swish_of_two"; }
  static auto value(auto x) { return x / (1 + exp(-2 * x)); }
  static auto derivative(auto x) {
    const auto s = 1 / (1 + exp(-2 * x));
    return s + 2 * x * s * (1 - s);
  }
};
struct own_softplus : activation_from_output {
  static constexpr text label() { return "own_softplus"; }
  static auto value(auto x) { return log(1 + exp(x)); }
  static auto derivative_from_output(auto y) { return 1 - exp(-y); }
};

/// The same with a mistake.
template <class A>
struct wrong_formula : A {
  static auto value(auto x) { return formula<A>::value(x); }
  static auto derivative(auto x)
    requires(!A::from_output)
  {
    return formula<A>::derivative(x) + 1e-4 * x;
  }
  static auto derivative_from_output(auto y)
    requires(A::from_output)
  {
    return formula<A>::derivative_from_output(y) * 1.0001;
  }
};

/// Standing alone, and behind products where it becomes their epilogue.
template <class A>
using merged = net<input<6>, dense<9>, A, dense<4, no_bias>, A>;
template <class A>
void in_all_places() {
  everything<net<input<2, 9>, A>>();
  everything<merged<A>>();
  static_assert(program_of<merged<A>>.n_steps == 2);
}

}  // namespace

TEST_CASE_TEMPLATE("activations, alone and merged", A, relu, leaky_relu<0.2>, elu<1>, elu<0.5>, gelu, silu, tanh_,
                   sigmoid, softplus, swish_of_two, own_softplus) {
  in_all_places<A>();
}
TEST_CASE_TEMPLATE("added to a gradient that is already there", A, relu, gelu) {
  everything<net<input<9>, residual<A>>>();
}
TEST_CASE_TEMPLATE("a wrong derivative is noticed", A, relu, leaky_relu<0.2>, elu<1>, elu<0.5>, gelu, silu, tanh_,
                   sigmoid, softplus, swish_of_two) {
  gradients_are_wrong<net<input<2, 9>, wrong_formula<A>>>();
}
TEST_CASE_TEMPLATE("a wrong derivative is noticed in an epilogue", A, relu, gelu) {
  gradients_are_wrong<merged<wrong_formula<A>>>();
}

namespace {

template <class A>
std::vector<double> values(std::vector<double> x) {
  using n = net<input<4>, A>;
  model<n, double> m{seed{1}};
  session<n, double> run(1);
  run.forward(m.view(), x.data(), 1);
  return {run.output().begin(), run.output().end()};
}

}  // namespace

TEST_CASE("kinks and extremes") {
  const double inf = std::numeric_limits<double>::infinity();
  CHECK(values<relu>({-1, -0.0, 0, 2}) == std::vector<double>{0, 0, 0, 2});
  CHECK(values<leaky_relu<0.5>>({-1, 0, 3, -4}) == std::vector<double>{-0.5, 0, 3, -2});
  CHECK(values<sigmoid>({-1000, 1000, 0, -inf}) == std::vector<double>{0, 1, 0.5, 0});
  CHECK(values<softplus>({-1000, 1000, inf, -inf}) == std::vector<double>{0, 1000, inf, 0});
  CHECK(values<tanh_>({-1000, 1000, 0, inf}) == std::vector<double>{-1, 1, 0, 1});
  CHECK(values<elu<1>>({-1000, 1000, 0, -inf}) == std::vector<double>{-1, 1000, 0, -1});
  CHECK(std::isnan(values<relu>({std::nan(""), 0, 0, 0})[0]));  // a failure is not hidden
}
