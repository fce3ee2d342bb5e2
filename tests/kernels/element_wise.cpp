// Element-wise layers, alone and behind others: what merging makes of them is what they are one by one.
#include <doctest/doctest.h>
#include <genet/kernels/add.hpp>
#include <genet/kernels/batch_norm.hpp>
#include <genet/kernels/dense.hpp>
#include <genet/kernels/dropout.hpp>
#include <genet/kernels/layer_norm.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "checks.hpp"

using namespace genet;
using namespace checks;

namespace {

/// The same layer with a kernel of its own, which no merging knows.
template <class L>
struct apart : L {};
template <class A>
struct apart_activation : A {
  using is_element_wise = void;
};

}  // namespace
template <class L>
struct genet::compute<apart<L>> : genet::compute<L> {};
template <class A>
struct genet::formula<apart_activation<A>> : genet::formula<A> {};

namespace {

using drop = dropout<0.4>;
using drop_apart = apart<drop>;

/// Values, gradients and state of two nets with the same parameters and the same noise agree up to rounding.
template <class T, class Merged, class Apart>
void agree(double within) {
  static_assert(program_of<Merged>.n_steps < program_of<Apart>.n_steps);
  for (const mode how : {mode::training, mode::evaluation})
    for (long rows : {2L, 3L, 17L, 130L}) {
      INFO("rows " << rows);
      CHECK(difference(step_of<Merged, T>(rows, rows, how), step_of<Apart, T>(rows, rows, how)) < within);
    }
}
template <class Merged, class Apart>
void merges() {
  agree<double, Merged, Apart>(1e-12);
}

}  // namespace

TEST_CASE_TEMPLATE("an activation and a dropout in one pass", A, relu, gelu) {
  merges<net<input<2, 19>, A, drop>, net<input<2, 19>, A, drop_apart>>();
  merges<net<input<35>, residual<A, drop>>, net<input<35>, residual<A, drop_apart>>>();
}
TEST_CASE("runs in any order, with one dropout at most") {
  merges<net<input<35>, drop, tanh_>, net<input<35>, drop_apart, tanh_>>();
  merges<net<input<35>, silu, drop, sigmoid>, net<input<35>, silu, drop_apart, sigmoid>>();
  merges<net<input<35>, tanh_, gelu>, net<input<35>, tanh_, apart_activation<gelu>>>();
  merges<net<input<35>, sigmoid, softplus, tanh_>, net<input<35>, sigmoid, apart_activation<softplus>, tanh_>>();
  merges<net<input<35>, relu, drop, dropout<0.2>>, net<input<35>, relu, drop_apart, dropout<0.2>>>();
}
TEST_CASE_TEMPLATE("behind a product", A, tanh_, gelu) {
  merges<net<input<6>, dense<35>, A, drop, dense<3>>, net<input<6>, dense<35>, A, drop_apart, dense<3>>>();
  merges<net<input<6>, dense<80, no_bias>, A, drop>, net<input<6>, dense<80, no_bias>, A, drop_apart>>();
}
TEST_CASE("behind a product, without an activation or with two") {
  merges<net<input<6>, dense<35>, drop>, net<input<6>, dense<35>, drop_apart>>();
  merges<net<input<6>, dense<35>, relu, tanh_>, net<input<6>, dense<35>, relu, apart_activation<tanh_>>>();
  merges<net<input<6>, dense<35>, drop, silu>, net<input<6>, dense<35>, drop_apart, silu>>();
}
TEST_CASE("behind a batch norm") {
  merges<net<input<35>, batch_norm, gelu, drop>, net<input<35>, batch_norm, gelu, drop_apart>>();
  merges<net<input<80>, batch_norm, tanh_>, net<input<80>, apart<batch_norm>, tanh_>>();
  merges<net<input<6>, residual<batch_norm_with<momentum<0.3>>, gelu>>,
         net<input<6>, residual<apart<batch_norm_with<momentum<0.3>>>, gelu>>>();
}

TEST_CASE("in float as in double") {
  agree<float, net<input<2, 19>, gelu, drop>, net<input<2, 19>, gelu, drop_apart>>(2e-5);
  agree<float, net<input<6>, dense<35>, tanh_, drop, dense<3>>, net<input<6>, dense<35>, tanh_, drop_apart, dense<3>>>(2e-5);
  agree<float, net<input<35>, batch_norm, gelu, drop>, net<input<35>, batch_norm, gelu, drop_apart>>(2e-5);
}
TEST_CASE("gradients, of merged steps themselves") {
  everything<net<input<2, 19>, tanh_, drop>>();
  everything<net<input<6>, dense<35>, gelu, drop, dense<3>>>();
  everything<net<input<6>, dense<35>, gelu, drop, dense<3>>>({.rows = 2, .how = mode::evaluation});
  everything<net<input<35>, batch_norm, silu, drop>>();
}
TEST_CASE("any team gives the same bits") {
  any_team_gives_the_same_bits<net<input<80>, leaky_relu<0.2>, drop>>();
  any_team_gives_the_same_bits<net<input<30>, dense<300>, relu, drop, dense<90>, gelu, drop>>();
  any_team_gives_the_same_bits<net<input<300>, batch_norm, leaky_relu<0.2>, drop>>();
  any_team_gives_the_same_bits<net<input<30>, dense<300>, batch_norm, silu, dense<90>, layer_norm>>();
}
TEST_CASE("the mask is that of the dropout alone, wherever it is computed") {
  using alone = net<input<37>, drop>;
  using merged = net<input<37>, dense<37, no_bias>, drop>;
  const std::vector<float> filled(37 * 20, 1);
  std::vector<float> identity(37 * 37);
  for (std::size_t i = 0; i < 37; ++i) identity[38 * i] = 1;
  model<alone> a{seed{1}};
  model<merged> b{seed{1}};
  b.set("0.weight", identity);
  session<alone> x(20);
  session<merged> y(20);
  x.forward(a.view(), filled.data(), 20, mode::training, rng::key{4, stream::training, 3});
  y.forward(b.view(), filled.data(), 20, mode::training, rng::key{4, stream::training, 3});
  CHECK(std::ranges::equal(x.output(), y.output()));
}
TEST_CASE("a mask can be injected into a merged step") {
  using n = net<input<3>, relu, dropout<0.5>>;
  static_assert(program_of<n>.n_steps == 1);
  model<n> m{seed{1}};
  session<n, float, capability::full_gradient> run(1);
  const float x[] = {1, 2, -3}, mask[] = {2, 0, 2};
  run.inject_noise(0, mask);
  run.forward(m.view(), x, 1, mode::training);
  CHECK(std::vector<float>(run.output().begin(), run.output().end()) == std::vector<float>{2, 0, 0});
  std::ranges::fill(run.output_gradient(), 1.0F);
  run.backward(m.view(), nullptr);
  CHECK(std::vector<float>(run.input_gradient().begin(), run.input_gradient().end()) == std::vector<float>{2, 0, 0});
}
TEST_CASE("a wrong gradient is noticed behind every kernel") {
  gradients_are_wrong<net<input<6>, wrong<dense<9>, 0>, relu, drop>>();
  gradients_are_wrong<net<input<6>, relu, wrong<drop, 0>>>();
}
