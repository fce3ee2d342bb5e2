#include <doctest/doctest.h>
#include <genet/kernels/average_pool.hpp>
#include <genet/kernels/conv2d.hpp>
#include <genet/kernels/dense.hpp>
#include <genet/kernels/label_projection.hpp>
#include <genet/layers/flatten.hpp>
#include <genet/layers/pick.hpp>

#include <string>

#include "checks.hpp"

using namespace genet;
using namespace checks;

namespace {

template <class X, int Classes>
using beside = inputs<named<"image", X>, named<"label", labels<Classes>>>;

/// A projection discriminator: the label is carried past the convolution.
struct critic : net<beside<input<2, 5, 5>, 4>,
                    heads<head<"features", pick<"image">, conv2d<6, kernel<3>>, leaky_relu<0.2>, global_average_pool>,
                          head<"label", pick<"label">>>,
                    label_projection<4>> {};

}  // namespace

TEST_CASE("scores of features and labels") {
  everything<net<beside<input<37>, 4>, label_projection<4>>>();
  everything<critic>();
  everything<net<beside<input<5>, 3>, heads<head<"label", pick<"label">>, head<"features", pick<"image">, dense<6>>>,
                 label_projection<3, name<"score">>>>();
}
TEST_CASE("gradients are added where features are read twice") {
  using twice = heads<head<"a", label_projection<4>>, head<"b", label_projection<4>>>;
  everything<net<beside<input<5>, 4>, heads<head<"f", pick<"image">, dense<6>, tanh_>, head<"label", pick<"label">>>,
                 twice>>();
}
TEST_CASE("a wrong gradient is noticed") {
  gradients_are_wrong<net<beside<input<5>, 4>, wrong<label_projection<4>, 0>>>();
  gradients_are_wrong<net<beside<input<5>, 1>, wrong<label_projection<1>, -1, 2>>>();
}
TEST_CASE("any number of threads gives the same bits") {
  any_team_gives_the_same_bits<net<beside<input<300>, 7>, label_projection<7>>>();
  any_team_gives_the_same_bits<critic>();
}
TEST_CASE("w f + b + <e_y, f>") {
  using n = net<beside<input<2>, 3>, label_projection<3>>;
  model<n, double> m{seed{1}};
  const std::vector<double> w{1, 2}, b{0.5}, e{0, 0, 3, -1, 10, 20};
  m.set("0.weight", w);
  m.set("0.bias", b);
  m.set("0.embedding", e);
  session<n, double> run(2);
  const double f[] = {5, 7, 1, 1};
  const std::int32_t label[] = {1, 2};
  const void* in[] = {f, label};
  run.forward(m.view(), in, 2);
  CHECK(run.output()[0] == 5 + 14 + 0.5 + 15 - 7);
  CHECK(run.output()[1] == 3 + 0.5 + 30);
}
