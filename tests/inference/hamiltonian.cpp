#include <genet/inference/hamiltonian.hpp>

#include <vector>

#include "models.hpp"

namespace {

using detail::inverse_metric;
using point = detail::phase<10>;

point start(const posterior<eight_schools>& target, const inverse_metric<10>& m) {
  point z;
  chance c(7, 0, 0);
  c.normal(z.x);
  z.log_density = target.log_density(z.x, z.gradient);
  m.draw(z.p, c);
  return z;
}

inverse_metric<10> some_metric() {
  inverse_metric<10> m;
  std::vector<double> covariance(100, 0.1);
  for (std::size_t i = 0; i < 10; ++i) covariance[i * 11] = 1 + static_cast<double>(i) / 5;
  CHECK(m.dense(covariance));
  return m;
}

}  // namespace

TEST_CASE("leapfrog goes back where it came from") {
  const eight_schools model;
  const posterior<eight_schools> target(model);
  for (const auto& m : {inverse_metric<10>(), some_metric()}) {
    const point first = start(target, m);
    point z = first;
    for (int i = 0; i < 50; ++i) detail::leapfrog(target, m, 0.1, z);
    CHECK(std::abs(z.x[0] - first.x[0]) > 0.1);
    for (double& p : z.p) p = -p;
    for (int i = 0; i < 50; ++i) detail::leapfrog(target, m, 0.1, z);
    for (std::size_t i = 0; i < 10; ++i) {
      CHECK(std::abs(z.x[i] - first.x[i]) < 1e-10);
      CHECK(std::abs(z.p[i] + first.p[i]) < 1e-10);
    }
  }
}

TEST_CASE("the energy error of a trajectory is of second order") {
  const eight_schools model;
  const posterior<eight_schools> target(model);
  const auto m = some_metric();
  const auto error = [&](double step) {
    point z = start(target, m);
    const double before = detail::energy(z, m);
    for (int i = 0; i < static_cast<int>(std::lround(1 / step)); ++i) detail::leapfrog(target, m, step, z);
    return std::abs(detail::energy(z, m) - before);
  };
  CHECK(error(0.02) / error(0.01) == doctest::Approx(4).epsilon(0.05));
  CHECK(error(0.01) / error(0.005) == doctest::Approx(4).epsilon(0.02));
}

TEST_CASE("momenta have the covariance whose inverse the metric is") {
  const auto m = some_metric();
  chance c(1, 2, 3);
  double energy = 0, velocity = 0;
  for (int i = 0; i < 4000; ++i) {
    detail::vector<10> p;
    m.draw(p, c);
    energy += m.kinetic(p) / 4000;
    velocity += m.velocity(p)[9] * m.velocity(p)[9] / 4000;
  }
  CHECK(energy == doctest::Approx(5).epsilon(0.03));     // half of a chi-square of 10
  CHECK(velocity == doctest::Approx(2.8).epsilon(0.1));  // the covariance's (9, 9)
  inverse_metric<2> none;
  CHECK(!none.dense({1, 2, 2, 1}));
}

TEST_CASE("covariances of what passes, shrunk") {
  detail::running_covariance<2> full(true), diagonal(false);
  for (const detail::vector<2> x : {detail::vector<2>{1, 2}, {2, 4}, {6, 3}}) {
    full.add(x);
    diagonal.add(x);
  }
  const double share = 3. / 8;
  CHECK(full.covariance()[0] == doctest::Approx(7 * share + 1e-3 * 5 / 8));
  CHECK(full.covariance()[1] == doctest::Approx(0.5 * share));
  CHECK(full.covariance()[2] == full.covariance()[1]);
  CHECK(full.variances()[1] == doctest::Approx(1 * share + 1e-3 * 5 / 8));
  CHECK(diagonal.variances() == full.variances());
}

TEST_CASE("the windows of Stan's warm-up") {
  const auto ends = [](long warmup) {
    const detail::warmup_windows w(warmup);
    std::vector<long> out;
    for (long i = 0; i < warmup; ++i)
      if (w.ends(i)) out.push_back(i + 1);
    return out;
  };
  CHECK(ends(1000) == std::vector<long>{100, 150, 250, 450, 950});
  CHECK(ends(150) == std::vector<long>{100});
  CHECK(ends(100) == std::vector<long>{90});
  CHECK(ends(19).empty());
  CHECK(ends(0).empty());
  CHECK(!detail::warmup_windows(1000).learns(74));
  CHECK(detail::warmup_windows(1000).learns(75));
  CHECK(!detail::warmup_windows(1000).learns(950));
}

TEST_CASE("dual averaging finds the step size of an acceptance") {
  detail::dual_averaging a;
  a.restart(1);
  double step = 1;
  for (int i = 0; i < 2000; ++i) step = a.learn(std::exp(-step), 0.8);
  CHECK(a.learnt() == doctest::Approx(-std::log(0.8)).epsilon(0.01));
}
