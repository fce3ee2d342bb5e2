#include <doctest/doctest.h>
#include <genet/kernels/activations.hpp>
#include <genet/kernels/add.hpp>
#include <genet/kernels/dense.hpp>
#include <genet/kernels/dropout.hpp>
#include <genet/kernels/gaussian_noise.hpp>

#include <cmath>
#include <vector>

#include "checks.hpp"

using namespace genet;
using namespace checks;

TEST_CASE("gaussian_noise") {
  everything<net<input<13>, gaussian_noise<0.4>>>({}, numbers<double>(17 * 13, 8));
  everything<net<input<3, 5, 7>, gaussian_noise<0.4>>>({}, numbers<double>(17 * 105, 8));
  everything<net<input<13>, residual<gaussian_noise<0.4>>>>({}, numbers<double>(17 * 13, 8));
  everything<net<input<13>, dense<7>, gaussian_noise<2>, tanh_, dropout<0.2>, dense<3>>>({},
                                                                                        numbers<double>(17 * 7, 8));
  everything<net<input<13>, gaussian_noise<0.4>>>({.rows = 1, .how = mode::evaluation});
  partial_batches_agree<net<input<13>, gaussian_noise<0.4>>>();
  partial_batches_agree<net<input<13>, dense<7>, gaussian_noise<2>, tanh_, dropout<0.2>, dense<3>>>();
}
TEST_CASE("a wrong gradient is noticed") { gradients_are_wrong<net<input<13>, wrong<gaussian_noise<0.4>, 0>>>(); }

using one = net<input<999>, gaussian_noise<0.25>>;

TEST_CASE_TEMPLATE("training adds normal noise of that deviation; evaluation does nothing", T, float, double) {
  model<one, T> m{seed{1}};
  session<one, T> run(20);
  const std::vector<T> x(20 * 999, T(1));
  run.forward(m.view(), x.data(), 20, mode::training, rng::key{1, stream::training, 0});
  double sum = 0, squares = 0;
  for (T y : run.output()) {
    const double e = (static_cast<double>(y) - 1) / 0.25;
    sum += e;
    squares += e * e;
  }
  const double n = 20 * 999;
  CHECK(std::abs(sum / n) < 5 / std::sqrt(n));
  CHECK(std::abs(squares / n - 1) < 5 * std::sqrt(2 / n));
  const std::vector<T> first(run.output().begin(), run.output().end());
  auto same = [&] { return std::equal(first.begin(), first.end(), run.output().begin()); };
  run.forward(m.view(), x.data(), 20, mode::training, rng::key{1, stream::training, 0});
  CHECK(same());
  run.forward(m.view(), x.data(), 20, mode::training, rng::key{1, stream::training, 1});
  CHECK_FALSE(same());
  tensor::team three{3};
  session<one, T> shared(20, three);
  shared.forward(m.view(), x.data(), 20, mode::training, rng::key{1, stream::training, 0});
  CHECK(std::equal(first.begin(), first.end(), shared.output().begin()));
  run.forward(m.view(), x.data(), 20, mode::evaluation, rng::key{1, stream::training, 0});
  for (T y : run.output()) CHECK(y == 1);
}
TEST_CASE("it is numbered among the layers that draw, and its noise can be injected") {
  using n = net<input<3>, dropout<0.5>, gaussian_noise<0.5>>;
  model<n> m{seed{1}};
  session<n> run(1);
  const float x[] = {1, 2, 3}, mask[] = {2, 0, 2}, noise[] = {1, -2, 0};
  run.inject_noise(0, mask);
  run.inject_noise(1, noise);
  run.forward(m.view(), x, 1, mode::training);
  CHECK(std::vector<float>(run.output().begin(), run.output().end()) == std::vector<float>{2.5, -1, 6});
  CHECK_THROWS_AS(run.inject_noise(2, noise), usage_error);
}
