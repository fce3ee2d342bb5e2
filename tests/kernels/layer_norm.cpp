#include <doctest/doctest.h>
#include <genet/kernels/add.hpp>
#include <genet/kernels/dense.hpp>
#include <genet/kernels/layer_norm.hpp>

#include <cmath>
#include <vector>

#include "checks.hpp"

using namespace genet;
using namespace checks;

namespace {

/// Forgets that the mean depends on the input.
struct constant_mean : layer_norm_with<> {};

}  // namespace
template <>
struct genet::compute<constant_mean> : genet::compute<layer_norm> {
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    constexpr long n = In[0].size();
    std::vector<T> mean(static_cast<std::size_t>(c.rows));
    for (long r = 0; r < c.rows; ++r)
      for (long i = 0; i < n; ++i)
        mean[static_cast<std::size_t>(r)] += c.out_gradient[r * n + i] * c.parameters[0][i] / T(n);
    compute<layer_norm>::backward<T, In, Want>(c);
    for (long r = 0; r < c.rows; ++r)
      for (long i = 0; i < n; ++i)
        c.in_gradient[0][r * n + i] += mean[static_cast<std::size_t>(r)] * c.saved[2 * r + 1];
  }
};

TEST_CASE("layer_norm") {
  everything<net<input<7>, layer_norm>>();
  everything<net<input<2, 3, 6>, layer_norm_with<epsilon<0.01>>>>();
  everything<net<input<35>, residual<layer_norm>>>();
  everything<net<input<6>, dense<17>, layer_norm, dense<5>, layer_norm>>();
  everything<net<input<7>, layer_norm>>({.rows = 1, .how = mode::evaluation});
}
TEST_CASE("a wrong gradient is noticed") {
  gradients_are_wrong<net<input<7>, wrong<layer_norm, 0>>>();
  gradients_are_wrong<net<input<7>, wrong<layer_norm, -1, 0>>>();
  gradients_are_wrong<net<input<7>, wrong<layer_norm, -1, 1>>>();
  gradients_are_wrong<net<input<7>, constant_mean>>();
}
TEST_CASE("each example is normalised by itself, over all its elements") {
  using n = net<input<2, 2>, layer_norm>;
  model<n, double> m{seed{1}};
  session<n, double> run(2);
  const double x[] = {1, 2, 3, 6, 1001, 1002, 1003, 1006};  // mean 3 (1003), biased variance 3.5
  run.forward(m.view(), x, 2);
  for (std::size_t r : {0U, 1U}) {
    CHECK(run.output()[4 * r] == doctest::Approx(-2 / std::sqrt(3.5 + 1e-5)).epsilon(1e-12));
    CHECK(run.output()[4 * r + 3] == doctest::Approx(3 / std::sqrt(3.5 + 1e-5)).epsilon(1e-12));
  }
}
