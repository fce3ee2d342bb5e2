#include <doctest/doctest.h>
#include <genet/kernels/add.hpp>
#include <genet/kernels/dense.hpp>
#include <genet/kernels/softmax.hpp>

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "checks.hpp"

using namespace genet;
using namespace checks;

namespace {

/// Backward without the sum over the line.
template <class L>
struct without_sum : L {};

}  // namespace
template <class L>
struct genet::compute<without_sum<L>> : genet::compute<L> {
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    for (long i = 0; i < c.rows * In[0].size(); ++i)
      c.in_gradient[0][i] = c.out_gradient[i] * (std::is_same_v<L, softmax> ? c.result()[i] : T(1));
  }
};

TEST_CASE_TEMPLATE("softmax and log_softmax", L, softmax, log_softmax) {
  everything<net<input<10>, L>>();
  everything<net<input<1>, L>>();
  everything<net<input<2, 3, 5>, L>>();  // over the last dimension
  everything<net<input<33>, residual<L>>>();
  everything<net<input<6>, dense<17>, L>>();
  gradients_are_wrong<net<input<10>, wrong<L, 0>>>();
  gradients_are_wrong<net<input<10>, without_sum<L>>>();
}

namespace {

template <class L, class T>
std::vector<T> values(std::vector<T> x) {
  using n = net<input<2, 3>, L>;
  model<n, T> m{seed{1}};
  session<n, T> run(1);
  run.forward(m.view(), x.data(), 1);
  return {run.output().begin(), run.output().end()};
}

}  // namespace

TEST_CASE("each line sums to one, far from zero too") {
  for (double at : {0.0, 1e4, -1e4}) {
    const auto y = values<softmax, double>({at, at + 1, at - 2, 3, 2, 1});
    CHECK(y[0] + y[1] + y[2] == doctest::Approx(1).epsilon(1e-14));
    CHECK(y[1] / y[0] == doctest::Approx(std::exp(1)).epsilon(1e-14));
    const auto z = values<log_softmax, double>({at, at + 1, at - 2, 3, 2, 1});
    CHECK(z[1] - z[0] == doctest::Approx(1).epsilon(1e-14));
    CHECK(std::exp(z[0]) == doctest::Approx(y[0]).epsilon(1e-11));
  }
}
TEST_CASE("impossible classes have probability zero; not a number stays so") {
  const double inf = std::numeric_limits<double>::infinity();
  const auto y = values<softmax, double>({-inf, 0, -inf, 1, 1, std::nan("")});
  CHECK(y[0] == 0);
  CHECK(y[1] == 1);
  for (int i = 3; i < 6; ++i) CHECK(std::isnan(y[static_cast<std::size_t>(i)]));
  CHECK(values<log_softmax, double>({-inf, 0, -inf, 0, 0, 0})[0] == -inf);
}
