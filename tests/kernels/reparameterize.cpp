#include <doctest/doctest.h>
#include <genet/kernels/add.hpp>
#include <genet/kernels/dense.hpp>
#include <genet/kernels/reparameterize.hpp>

#include <cmath>
#include <vector>

#include "checks.hpp"

using namespace genet;
using namespace checks;

namespace {

template <class L>
using sampled = net<input<5>, heads<head<"mean", dense<4>>, head<"log_variance", dense<4>, tanh_>>, L>;
using direct = net<inputs<named<"mean", input<4>>, named<"log_variance", input<4>>>, reparameterize>;

/// d exp(v / 2) without the half.
struct without_half : reparameterize {};

}  // namespace
template <>
struct genet::compute<without_half> : genet::compute<reparameterize> {
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    compute<reparameterize>::backward<T, In, Want>(c);
    for (long i = 0; i < c.rows * In[1].size(); ++i) c.in_gradient[1][i] *= 2;
  }
};

TEST_CASE("reparameterize, with drawn noise") {
  gradients_are_right<sampled<reparameterize>>();
  gradients_are_right<direct>();
  gradients_are_right<net<input<4>, heads<head<"mean", chain<>>, head<"log_variance", chain<>>>, reparameterize>>();
  partial_batches_agree<sampled<reparameterize>>();
}
TEST_CASE("reparameterize, with the caller's noise") {
  float_agrees_with_double<sampled<reparameterize>>(mode::training, numbers<double>(17 * 4, 8));
  model<direct, double> m{seed{1}};
  session<direct, double> run(1);
  const double mean[] = {1, 2, 3, 4}, log_variance[] = {0, 2, -2, 0.5}, noise[] = {1, -1, 0.5, 0};
  const void* in[] = {mean, log_variance};
  run.inject_noise(0, noise);
  run.forward(m.view(), in, 1);
  CHECK(run.output()[0] == doctest::Approx(2).epsilon(1e-14));
  CHECK(run.output()[1] == doctest::Approx(2 - std::exp(1)).epsilon(1e-14));
  CHECK(run.output()[2] == doctest::Approx(3 + 0.5 * std::exp(-1)).epsilon(1e-14));
  CHECK(run.output()[3] == 4);
  run.inject_noise(0, nullptr);
  run.forward(m.view(), in, 1, mode::training, rng::key{1, stream::training, 0});
  CHECK(run.output()[3] != 4);
}
TEST_CASE("a wrong gradient is noticed") {
  gradients_are_wrong<sampled<wrong<reparameterize, 0>>>();
  gradients_are_wrong<sampled<wrong<reparameterize, 1>>>();
  gradients_are_wrong<sampled<without_half>>();
}
TEST_CASE("the noise is standard normal") {
  using wide = net<inputs<named<"mean", input<100>>, named<"log_variance", input<100>>>, reparameterize>;
  model<wide, double> m{seed{1}};
  session<wide, double> run(200);
  const std::vector<double> zero(20000);
  const void* in[] = {zero.data(), zero.data()};
  run.forward(m.view(), in, 200, mode::training, rng::key{1, stream::training, 0});
  double sum = 0, squares = 0;
  for (double z : run.output()) {
    sum += z;
    squares += z * z;
  }
  CHECK(std::abs(sum / 20000) < 0.04);
  CHECK(std::abs(squares / 20000 - 1) < 0.06);
}
