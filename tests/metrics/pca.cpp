#include <genet/metrics/pca.hpp>

#include "fixture.hpp"

using namespace genet;
using metrics::pca;

namespace {

double apart(std::span<const double> x, std::span<const double> y) {
  double worst = 0;
  REQUIRE(x.size() == y.size());
  for (std::size_t i = 0; i < x.size(); ++i) worst = std::max(worst, std::abs(x[i] - y[i]));
  return worst;
}

}  // namespace

TEST_CASE("the components of scikit-learn") {
  const auto x = fixture("points/sample");
  const pca p({x, 5}, 3);
  CHECK(p.dimension() == 5);
  CHECK(p.components() == 3);
  CHECK(apart(p.mean(), fixture("pca/mean")) < 1e-12);
  CHECK(apart(p.axes(), fixture("pca/axes")) < 1e-12);
  CHECK(apart(p.variances(), fixture("pca/variances")) < 1e-12);
  CHECK(apart(p.project({x, 5}), fixture("pca/projected")) < 1e-12);
}

TEST_CASE("all components turn and turn back; fewer leave out the smallest variances") {
  for (const long d : {1L, 2L, 9L, 40L}) {
    const long n = 700;
    auto x = normal_numbers(n * d, 5);
    for (long i = 0; i < n * d; ++i) x[static_cast<std::size_t>(i)] *= 1 / (1.0 + static_cast<double>(i % d));
    tensor::team two(2);
    const pca all({x, d}, d);
    const auto z = all.project({x, d});
    CHECK(z == all.project({x, d}, two));
    CHECK(apart(all.restore({z, d}, two), x) < 1e-12);
    CHECK(all.noise_variance() == 0);
    double sum = 0;
    for (const double v : all.variances()) sum += v;
    CHECK(sum == doctest::Approx(all.total_variance()).epsilon(1e-12));
    if (d == 1) continue;
    const long k = d / 2;
    const pca some({x, d}, k);
    const auto back = some.restore({some.project({x, d}), k});
    double squares = 0;
    for (std::size_t i = 0; i < x.size(); ++i) squares += (x[i] - back[i]) * (x[i] - back[i]);
    CHECK(squares / static_cast<double>(n - 1) ==
          doctest::Approx(some.noise_variance() * static_cast<double>(d - k)).epsilon(1e-9));
  }
}

TEST_CASE("the sign of a component is that of its largest number") {
  auto x = fixture("points/sample");
  const auto p = pca({x, 5}, 5);
  for (double& v : x) v = -v;
  CHECK(apart(p.axes(), pca({x, 5}, 5).axes()) < 1e-12);
  const std::vector<double> diagonal{1, -1, -1, 1};  // equal sizes: the first decides
  const auto q = pca({diagonal, 2}, 1);
  CHECK(q.axes()[0] == doctest::Approx(std::sqrt(0.5)));
  CHECK(q.axes()[1] == doctest::Approx(-std::sqrt(0.5)));
}

TEST_CASE("what is no sample, and what does not fit") {
  const std::vector<double> x(12);
  CHECK(message<usage_error>([&] { pca({x, 4}, 5); }) == "pca: found 5 components, expected 1 to 4, the dimension");
  CHECK_THROWS_AS(pca({x, 12}, 1), bad_input);
  const pca p({x, 4}, 2);  // equal points have components too, without variance
  CHECK(p.total_variance() == 0);
  CHECK(message<bad_input>([&] { p.project({x, 3}); }) == "pca: project: found points of 3 dimensions, expected 4");
  CHECK(message<bad_input>([&] { p.restore({x, 3}); }) == "pca: restore: found points of 3 dimensions, expected 2");
  CHECK(p.project({std::vector<double>{}, 4}).empty());
}
