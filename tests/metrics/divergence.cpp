#include <genet/metrics/divergence.hpp>

#include <cmath>

#include "fixture.hpp"

using namespace genet;
using metrics::moments;

TEST_CASE("probabilities: the numbers of SciPy, bounds and symmetry") {
  const auto p = fixture("divergence/p"), q = fixture("divergence/q");
  CHECK(metrics::kl_divergence(p, q) == doctest::Approx(expected("divergence/kl")).epsilon(1e-13));
  CHECK(metrics::cross_entropy(p, q) == doctest::Approx(expected("divergence/cross_entropy")).epsilon(1e-13));
  CHECK(metrics::jensen_shannon(p, q) == doctest::Approx(expected("divergence/js")).epsilon(1e-13));
  CHECK(metrics::hellinger(p, q) == doctest::Approx(expected("divergence/hellinger")).epsilon(1e-13));
  CHECK(metrics::total_variation(p, q) == doctest::Approx(expected("divergence/tv")).epsilon(1e-13));

  CHECK(metrics::kl_divergence(q, p) == INFINITY);  // p lacks an outcome of q
  CHECK(metrics::cross_entropy(q, p) == INFINITY);
  CHECK(metrics::jensen_shannon(q, p) == doctest::Approx(metrics::jensen_shannon(p, q)).epsilon(1e-14));
  CHECK(metrics::hellinger(q, p) == metrics::hellinger(p, q));
  CHECK(metrics::total_variation(q, p) == metrics::total_variation(p, q));

  const double h = metrics::hellinger(p, q), tv = metrics::total_variation(p, q);
  CHECK(tv <= std::sqrt(metrics::kl_divergence(p, q) / 2));  // Pinsker
  CHECK(h * h <= tv);
  CHECK(tv <= std::sqrt(2.) * h);
}

TEST_CASE("probabilities: equal ones, and ones without a common outcome") {
  const std::vector<double> p{0.5, 0.5, 0}, q{0, 0, 1}, r{0.5, 0.5, 0};
  CHECK(metrics::kl_divergence(p, r) == 0);
  CHECK(metrics::cross_entropy(p, r) == doctest::Approx(std::log(2.)));
  CHECK(metrics::jensen_shannon(p, r) == 0);
  CHECK(metrics::hellinger(p, r) == 0);
  CHECK(metrics::total_variation(p, r) == 0);
  CHECK(metrics::jensen_shannon(p, q) == doctest::Approx(std::log(2.)));
  CHECK(metrics::hellinger(p, q) == doctest::Approx(1));
  CHECK(metrics::total_variation(p, q) == 1);
}

TEST_CASE("normal distributions: PyTorch, determinants, and integrals on the line") {
  const auto x = fixture("points/sample"), y = fixture("points/reference");
  const moments p = metrics::moments_of({x, 5}), q = metrics::moments_of({y, 5});
  CHECK(metrics::kl_divergence(p, q) == doctest::Approx(expected("normals/kl")).epsilon(1e-11));
  CHECK(metrics::kl_divergence(q, p) == doctest::Approx(expected("normals/kl_back")).epsilon(1e-11));
  CHECK(metrics::hellinger(p, q) == doctest::Approx(expected("normals/hellinger")).epsilon(1e-11));
  CHECK(metrics::hellinger(q, p) == doctest::Approx(metrics::hellinger(p, q)).epsilon(1e-14));
  CHECK(metrics::wasserstein_2(p, q) == doctest::Approx(std::sqrt(expected("frechet/distance"))).epsilon(1e-12));
  CHECK(metrics::kl_divergence(p, p) < 1e-13);
  CHECK(metrics::hellinger(p, p) < 1e-7);

  const moments a{0, 1, {0.5}, {4}}, b{0, 1, {-1}, {0.49}}, near{0, 1, {0.5}, {4.41}};
  CHECK(metrics::total_variation(a, b) == doctest::Approx(expected("normals/tv")).epsilon(1e-12));
  CHECK(metrics::total_variation(b, a) == doctest::Approx(expected("normals/tv")).epsilon(1e-12));
  CHECK(metrics::total_variation(a, near) == doctest::Approx(expected("normals/tv_near")).epsilon(1e-12));
  CHECK(metrics::total_variation(a, b) <= std::sqrt(metrics::kl_divergence(a, b) / 2));
}

TEST_CASE("normal distributions of one covariance, in closed form") {
  const moments p{0, 2, {0, 0}, {4, 0, 0, 1}}, q{0, 2, {2, 0}, {4, 0, 0, 1}};  // one deviation apart
  CHECK(metrics::kl_divergence(p, q) == doctest::Approx(0.5));
  CHECK(metrics::hellinger(p, q) == doctest::Approx(std::sqrt(1 - std::exp(-1. / 8))));
  CHECK(metrics::total_variation(p, q) == doctest::Approx(0.38292492254802624));  // 2 F(1/2) - 1
  CHECK(metrics::wasserstein_2(p, q) == doctest::Approx(2));
  // the formula of two variances goes on where that of one ends
  const moments a{0, 1, {0}, {1}}, b{0, 1, {1}, {1}}, c{0, 1, {1}, {1 + 1e-9}};
  CHECK(metrics::total_variation(a, b) == doctest::Approx(metrics::total_variation(a, c)).epsilon(1e-8));
}

TEST_CASE("estimates by draws lie within their errors of the closed forms") {
  const auto z = normal_numbers(40000, 3);
  const moments p{0, 1, {0}, {1}}, q{0, 1, {1}, {2.25}};
  const auto log_density = [](const moments& m, double x) {
    const double variance = m.covariance[0], apart = x - m.mean[0];
    return -0.5 * (apart * apart / variance + std::log(2 * std::acos(-1.) * variance));
  };
  std::vector<double> at_p[2], at_q[2];
  for (std::size_t i = 0; i < z.size(); ++i) {
    const bool first = i < z.size() / 2;
    const double x = first ? z[i] : 1 + 1.5 * z[i];
    (first ? at_p : at_q)[0].push_back(log_density(p, x));
    (first ? at_p : at_q)[1].push_back(log_density(q, x));
  }
  const auto within = [](const metrics::estimate& e, double truth) {
    return std::abs(e.mean - truth) < 3 * e.standard_error && e.standard_error < 0.02;
  };
  CHECK(within(metrics::estimated_kl(at_p[0], at_p[1]), metrics::kl_divergence(p, q)));
  CHECK(within(metrics::estimated_total_variation(at_p[0], at_p[1]), metrics::total_variation(p, q)));
  CHECK(within(metrics::estimated_total_variation(at_q[1], at_q[0]), metrics::total_variation(p, q)));
  const auto js = metrics::estimated_jensen_shannon({at_p[0], at_p[1]}, {at_q[0], at_q[1]});
  const auto back = metrics::estimated_jensen_shannon({at_q[1], at_q[0]}, {at_p[1], at_p[0]});
  CHECK(js.mean == doctest::Approx(back.mean).epsilon(1e-12));
  CHECK(js.mean > std::pow(metrics::hellinger(p, q), 2) / 2);  // H^2 / 2 <= JS <= 2 H^2 log 2... <= TV log 2
  CHECK(js.mean < metrics::total_variation(p, q) * std::log(2.));

  const std::vector<double> inside{0}, outside{-INFINITY};
  CHECK(metrics::estimated_kl(inside, outside).mean == INFINITY);
  CHECK(metrics::estimated_total_variation(inside, outside).mean == 1);
  CHECK(metrics::estimated_jensen_shannon({inside, outside}, {outside, inside}).mean ==
        doctest::Approx(std::log(2.)));
}

TEST_CASE("what has no divergence") {
  const std::vector<double> p{0.5, 0.5}, three{0.2, 0.3, 0.5}, negative{1.5, -0.5}, half{0.25, 0.25}, none;
  CHECK(message<bad_input>([&] { metrics::kl_divergence(p, three); }) ==
        "kl_divergence: found 2 and 3 probabilities, expected as many of both, and some");
  CHECK(message<bad_input>([&] { metrics::jensen_shannon(p, negative); }) ==
        "jensen_shannon: q[1]: found -0.500000, expected a probability");
  CHECK(message<bad_input>([&] { metrics::hellinger(half, p); }) ==
        "hellinger: p: found probabilities whose sum is 0.500000, expected 1");
  CHECK_THROWS_AS(metrics::total_variation(p, std::vector<double>{nan_, 1}), bad_input);
  CHECK_THROWS_AS(metrics::cross_entropy(none, none), bad_input);

  const moments plane{0, 2, {0, 0}, {1, 0, 0, 1}}, wide{0, 2, {0, 0}, {2, 0, 0, 1}}, flat{0, 2, {0, 0}, {1, 1, 1, 1}},
      line{0, 1, {0}, {1}}, torn{0, 2, {0, 0}, {1}}, lost{0, 2, {0, nan_}, {1, 0, 0, 1}};
  CHECK(message<bad_input>([&] { metrics::kl_divergence(plane, flat); }) ==
        "kl_divergence: the covariance of q is not positive definite");
  CHECK(message<bad_input>([&] { metrics::hellinger(plane, line); }) ==
        "hellinger: found moments of 2 and of 1 dimensions, expected the same, and some");
  CHECK(message<bad_input>([&] { metrics::wasserstein_2(torn, plane); }) ==
        "wasserstein_2: p: found 2 means and 1 covariances of 2 dimensions");
  CHECK_THROWS_AS(metrics::total_variation(plane, lost), bad_input);
  CHECK_THROWS_AS(metrics::total_variation(plane, wide), usage_error);

  CHECK(message<bad_input>([&] { metrics::estimated_kl(std::vector<double>{-INFINITY}, std::vector<double>{0}); }) ==
        "estimated_kl: draw 0: found log-densities -inf and 0.000000, expected finite ones (-infinity of the other "
        "only)");
  CHECK_THROWS_AS(metrics::estimated_kl(p, three), bad_input);
}
