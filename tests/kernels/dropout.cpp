#include <doctest/doctest.h>
#include <genet/kernels/add.hpp>
#include <genet/kernels/dropout.hpp>

#include <cmath>
#include <vector>

#include "checks.hpp"

using namespace genet;
using namespace checks;

namespace {

/// Lets the gradient through everywhere.
template <real P>
struct open_dropout : dropout<P> {};

}  // namespace
template <real P>
struct genet::compute<open_dropout<P>> : genet::compute<dropout<P>> {
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    std::fill_n(c.saved, c.rows * In[0].size(), T(1));
    compute<dropout<P>>::template backward<T, In, Want>(c);
  }
};

TEST_CASE("dropout") {
  everything<net<input<13>, dropout<0.4>>>();
  everything<net<input<13>, residual<dropout<0.4>>>>();
  everything<net<input<13>, dropout<0.4>, dropout<0.2>>>();
  everything<net<input<13>, dropout<0>>>();
  everything<net<input<13>, dropout<0.4>>>({.rows = 1, .how = mode::evaluation});
}
TEST_CASE("a wrong gradient is noticed") {
  gradients_are_wrong<net<input<13>, wrong<dropout<0.4>, 0>>>();
  gradients_are_wrong<net<input<13>, open_dropout<0.4>>>();
}

using one = net<input<1000>, dropout<0.25>>;

TEST_CASE("training drops a share of P and keeps the mean; evaluation does nothing") {
  model<one> m{seed{1}};
  session<one> run(20);
  const std::vector<float> x(20000, 1);
  run.forward(m.view(), x.data(), 20, mode::training, rng::key{1, stream::training, 0});
  long dropped = 0;
  for (float y : run.output()) {
    CHECK((y == 0 || y == 1 / 0.75F));
    dropped += y == 0;
  }
  CHECK(std::abs(static_cast<double>(dropped) - 5000) < 6 * std::sqrt(20000 * 0.25 * 0.75));
  const std::vector<float> first(run.output().begin(), run.output().end());
  auto same = [&] { return std::equal(first.begin(), first.end(), run.output().begin()); };
  run.forward(m.view(), x.data(), 20, mode::training, rng::key{1, stream::training, 0});
  CHECK(same());
  run.forward(m.view(), x.data(), 20, mode::training, rng::key{1, stream::training, 1});
  CHECK_FALSE(same());
  run.forward(m.view(), x.data(), 20, mode::training, rng::key{2, stream::training, 0});
  CHECK_FALSE(same());
  run.forward(m.view(), x.data(), 20, mode::evaluation, rng::key{1, stream::training, 0});
  for (float y : run.output()) CHECK(y == 1);
}
TEST_CASE("two dropouts of a net draw apart") {
  using two = net<input<100>, heads<head<"a", dropout<0.5>>, head<"b", dropout<0.5>>>>;
  model<two> m{seed{1}};
  session<two> run(10);
  const std::vector<float> x(1000, 1);
  run.forward(m.view(), x.data(), 10, mode::training, rng::key{1, stream::training, 0});
  CHECK_FALSE(std::equal(run.output(0).begin(), run.output(0).end(), run.output(1).begin()));
}
TEST_CASE("a mask can be injected") {
  using n = net<input<3>, dropout<0.5>>;
  model<n> m{seed{1}};
  session<n> run(1);
  const float x[] = {1, 2, 3}, mask[] = {2, 0, 2};
  run.inject_noise(0, mask);
  run.forward(m.view(), x, 1, mode::training);
  CHECK(std::vector<float>(run.output().begin(), run.output().end()) == std::vector<float>{2, 0, 6});
  CHECK_THROWS_AS(run.inject_noise(1, mask), usage_error);
}
