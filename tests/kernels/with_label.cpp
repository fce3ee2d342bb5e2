#include <doctest/doctest.h>
#include <genet/kernels/add.hpp>
#include <genet/kernels/batch_norm.hpp>
#include <genet/kernels/conv2d.hpp>
#include <genet/kernels/dense.hpp>
#include <genet/kernels/with_label.hpp>
#include <genet/layers/pick.hpp>
#include <genet/run/tangent_session.hpp>

#include <string>
#include <vector>

#include "checks.hpp"

using namespace genet;
using namespace checks;

namespace {

template <class X, int Classes>
using beside = inputs<named<"x", X>, named<"label", labels<Classes>>>;

}  // namespace

TEST_CASE("features and maps, with either code") {
  everything<net<beside<noise<6>, 4>, with_label<4>, dense<7>, relu>>();
  everything<net<beside<noise<6>, 4>, with_label<4, embedding<3>>, dense<7>, relu>>();
  everything<net<beside<input<2, 3, 4>, 4>, with_label<4>, batch_norm, tanh_>>();
  everything<net<beside<input<2, 3, 4>, 4>, with_label<4, embedding<3>>, conv2d<3, kernel<2>>>>();
  everything<net<beside<input<1, 3, 4>, 3>, with_label<3, embedding<1>>>>();
}
TEST_CASE("a label joined twice") {
  using again = heads<head<"x", pick<"x">, dense<5>>, head<"label", pick<"label">>>;
  everything<net<beside<input<6>, 4>, again, with_label<4, embedding<2>>, dense<3>>>();
  using n = net<beside<input<6>, 4>,
                heads<head<"x", with_label<4>, dense<5>, relu>, head<"label", pick<"label">>>, with_label<4>, dense<3>>;
  everything<n>();
}
TEST_CASE("a wrong gradient is noticed") {
  gradients_are_wrong<net<beside<input<2, 3, 4>, 1>, with_label<1, wrong<embedding<3>, -1, 0>>>>();
}
TEST_CASE("any number of threads gives the same bits") {
  any_team_gives_the_same_bits<net<beside<input<5, 3, 4>, 4>, with_label<4, embedding<18>>>>();
}
TEST_CASE("the code lies behind the channels, the same for every pixel") {
  using n = net<beside<input<2, 1, 2>, 3>, with_label<3>>;
  model<n> m{seed{1}};
  session<n> run(2);
  const float x[] = {1, 2, 3, 4, 5, 6, 7, 8};
  const std::int32_t label[] = {2, 0};
  const void* in[] = {x, label};
  run.forward(m.view(), in, 2);
  CHECK(std::vector<float>(run.output().begin(), run.output().end()) ==
        std::vector<float>{1, 2, 3, 4, 0, 0, 0, 0, 1, 1, 5, 6, 7, 8, 1, 1, 0, 0, 0, 0});
}
TEST_CASE("a label out of range is told") {
  using n = net<beside<input<2>, 3>, with_label<3>>;
  model<n> m{seed{1}};
  session<n> run(2);
  const float x[] = {1, 2, 3, 4};
  const std::int32_t label[] = {2, 3};
  const void* in[] = {x, label};
  std::string what;
  try {
    run.forward(m.view(), in, 2);
  } catch (const bad_input& e) {
    what = e.what();
  }
  CHECK(what == "one_hot: example 1: got 3, expected 0 to 2");
}
TEST_CASE("a conditional critic takes gradient penalties") {
  CHECK_FALSE(tangent_verdict<net<beside<input<6>, 4>, with_label<4, embedding<3>>, dense<7>, tanh_, dense<1>>>().refused);
  CHECK_FALSE(tangent_verdict<net<beside<input<1, 5, 5>, 4>, with_label<4>, conv2d<1, kernel<5>>>>().refused);
}
