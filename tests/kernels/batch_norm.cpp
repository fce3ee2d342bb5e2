#include <doctest/doctest.h>
#include <genet/kernels/add.hpp>
#include <genet/kernels/batch_norm.hpp>
#include <genet/kernels/dense.hpp>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "checks.hpp"

using namespace genet;
using namespace checks;

namespace {

constexpr gradient_check evaluation{.rows = 1, .how = mode::evaluation};
using own_options = batch_norm_with<momentum<0.3>, epsilon<0.01>>;

/// Treats the statistics of the batch as constants.
struct constant_statistics : batch_norm_with<> {};

}  // namespace
template <>
struct genet::compute<constant_statistics> : genet::compute<batch_norm> {
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    context<T> changed = c;
    changed.how = mode::evaluation;
    compute<batch_norm>::backward<T, In, Want>(changed);
  }
};

TEST_CASE("training: the statistics depend on the inputs") {
  everything<net<input<5>, batch_norm>>();
  everything<net<input<35>, own_options>>();
  everything<net<input<5>, residual<batch_norm>>>();
  everything<net<input<6>, dense<7>, batch_norm, dense<3>, batch_norm>>();
}
TEST_CASE("feature maps: per channel, over the pixels of all examples") {
  everything<net<input<3, 2, 5>, batch_norm>>();
  everything<net<input<1, 3, 3>, own_options>>();
  everything<net<input<17, 1, 3>, residual<batch_norm>>>();
  everything<net<input<70, 2, 2>, batch_norm, tanh_>>();
  everything<net<input<2, 7>, batch_norm>>();
  everything<net<input<3, 2, 5>, batch_norm, leaky_relu<>>>(evaluation);
}
TEST_CASE("one example has a variance where it has several pixels") {
  gradients_are_right<net<input<3, 2, 5>, batch_norm>>({.rows = 1});
  using n = net<input<2, 1, 2>, batch_norm>;
  model<n, double> m{seed{1}};
  session<n, double> run(1);
  const double x[] = {1, 3, 10, 20};
  run.forward(m.view(), x, 1, mode::training);
  CHECK(run.output()[1] == doctest::Approx(1 / std::sqrt(1 + 1e-5)).epsilon(1e-14));
  CHECK(run.output()[2] == doctest::Approx(-5 / std::sqrt(25 + 1e-5)).epsilon(1e-14));
  CHECK(m.get("0.running_var")[1] == doctest::Approx(0.9 + 0.1 * 50).epsilon(1e-14));
}
TEST_CASE("any number of threads gives the same bits, and no block of rows is forgotten") {
  any_team_gives_the_same_bits<net<input<300>, batch_norm>>();
  any_team_gives_the_same_bits<net<input<3, 17, 23>, batch_norm, leaky_relu<>>>();
  any_team_gives_the_same_bits<net<input<67, 9, 5>, batch_norm>>();
  float_agrees_with_double<net<input<3, 40, 33>, batch_norm, silu>>();
}
TEST_CASE("evaluation: the statistics are constants") {
  everything<net<input<5>, batch_norm>>(evaluation);
  everything<net<input<35>, residual<own_options>>>(evaluation);
}
TEST_CASE("a wrong gradient is noticed") {
  gradients_are_wrong<net<input<5>, wrong<batch_norm, 0>>>();
  gradients_are_wrong<net<input<5>, wrong<batch_norm, -1, 0>>>();
  gradients_are_wrong<net<input<5>, wrong<batch_norm, -1, 1>>>();
  gradients_are_wrong<net<input<5>, wrong<batch_norm, 0>>>(evaluation);
  gradients_are_wrong<net<input<5>, constant_statistics>>();
  gradients_are_right<net<input<5>, constant_statistics>>(evaluation);
}

using one = net<input<2>, batch_norm>;

TEST_CASE("training normalises by the batch and moves the statistics, unbiased") {
  model<one, double> m{seed{1}};
  session<one, double> run(4);
  const double x[] = {1, 10, 2, 10, 3, 10, 6, 14};  // means 3, 11; variances 3.5, 3 (biased)
  run.forward(m.view(), x, 4, mode::training);
  CHECK(run.output()[0] == doctest::Approx(-2 / std::sqrt(3.5 + 1e-5)).epsilon(1e-14));
  CHECK(run.output()[7] == doctest::Approx(3 / std::sqrt(3 + 1e-5)).epsilon(1e-14));
  CHECK(m.get("0.running_mean")[0] == doctest::Approx(0.3).epsilon(1e-14));
  CHECK(m.get("0.running_mean")[1] == doctest::Approx(1.1).epsilon(1e-14));
  CHECK(m.get("0.running_var")[0] == doctest::Approx(0.9 + 0.1 * 14 / 3).epsilon(1e-14));
  CHECK(m.get("0.running_var")[1] == doctest::Approx(0.9 + 0.1 * 4).epsilon(1e-14));
  SUBCASE("evaluation uses them and leaves them") {
    const auto before = m.get("0.running_var");
    run.forward(m.view(), x, 1, mode::evaluation);
    CHECK(run.output()[0] == doctest::Approx((1 - 0.3) / std::sqrt(0.9 + 0.1 * 14 / 3 + 1e-5)).epsilon(1e-14));
    CHECK(m.get("0.running_var") == before);
  }
  SUBCASE("a const model is never moved") {
    const auto before = m.get("0.running_mean");
    run.forward(std::as_const(m).view(), x, 4, mode::training);
    CHECK(run.output()[0] == doctest::Approx(-2 / std::sqrt(3.5 + 1e-5)).epsilon(1e-14));
    CHECK(m.get("0.running_mean") == before);
  }
}
TEST_CASE("one example has no variance: training refuses it, nothing moves") {
  model<one> m{seed{1}};
  session<one> run(4);
  const float x[] = {1, 2};
  std::string what;
  try {
    run.forward(m.view(), x, 1, mode::training);
  } catch (const usage_error& e) {
    what = e.what();
  }
  CHECK(what == "batch_norm: training needs more than one example in a batch, got 1");
  CHECK(m.get("0.running_mean") == std::vector<float>{0, 0});
  CHECK_NOTHROW(run.forward(m.view(), x, 1, mode::evaluation));
}
TEST_CASE("a constant feature far from zero stays finite") {
  model<one> m{seed{1}};
  session<one> run(3);
  const float x[] = {1e6F, 1, 1e6F, 2, 1e6F, 3};
  run.forward(m.view(), x, 3, mode::training);
  for (std::size_t i : {0U, 2U, 4U}) CHECK(run.output()[i] == 0);
}
