#include <doctest/doctest.h>
#include <genet/kernels/add.hpp>
#include <genet/kernels/dense.hpp>

#include "checks.hpp"

using namespace genet;
using namespace checks;

TEST_CASE("dense") {
  everything<net<input<7>, dense<5>>>();
  everything<net<input<1>, dense<1>>>();
  everything<net<input<40>, dense<33>>>();
}
TEST_CASE("dense without bias") { everything<net<input<7>, dense<5, no_bias>>>(); }
TEST_CASE("several products: gradients are added where a value is read twice") {
  everything<net<input<7>, dense<5>, heads<head<"a", dense<3>>, head<"b", dense<2>>>>>();
  everything<net<input<6>, residual<dense<6>>>>();
}
TEST_CASE("a wrong gradient is noticed") {
  gradients_are_wrong<net<input<7>, wrong<dense<5>, 0>>>();
  gradients_are_wrong<net<input<7>, wrong<dense<5>, -1, 0>>>();
  gradients_are_wrong<net<input<7>, wrong<dense<5>, -1, 1>>>();
}

namespace {

/// Forgets the bias's gradient of all examples but the first.
struct forgetful : dense<5> {};

}  // namespace
template <>
struct genet::compute<forgetful> : genet::compute<dense<5>> {
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    compute<dense<5>>::backward<T, In, Want>(c);
    if constexpr (Want.parameters) std::copy_n(c.out_gradient, 5, c.parameter_gradient[1]);
  }
};
TEST_CASE("a dropped term is noticed") { gradients_are_wrong<net<input<7>, forgetful>>(); }

TEST_CASE("y = W x + b, in PyTorch's layout") {
  model<net<input<3>, dense<2>>, double> m{seed{1}};
  m.set("0.weight", std::vector<double>{1, 2, 3, 4, 5, 6});
  m.set("0.bias", std::vector<double>{10, 20});
  session<net<input<3>, dense<2>>, double> run(4);
  const double x[] = {1, 0, 0, 0, 1, -1};
  run.forward(m.view(), x, 2);
  const std::vector<double> y(run.output().begin(), run.output().end());
  CHECK(y == std::vector<double>{11, 24, 9, 19});
}
TEST_CASE("no examples: no gradients") {
  using n = net<input<3>, dense<2>>;
  model<n> m{seed{1}};
  session<n> run(4);
  const float x[3]{};
  run.forward(m.view(), x, 0);
  CHECK(run.output().empty());
  std::vector<float> g(m.parameters().size(), 7);
  run.backward(m.view(), g.data());
  for (const tensor_info& t : m.tensors())
    for (long i = 0; i < t.s.size(); ++i) CHECK(g[static_cast<std::size_t>(t.place<float>(i))] == 0);
}
