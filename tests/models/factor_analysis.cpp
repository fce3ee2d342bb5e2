#include <doctest/doctest.h>
#include <genet/models/factor_analysis.hpp>

#include <filesystem>

#include "statistics.hpp"

using namespace genet;

namespace {

/// log p(x) by the whole covariance matrix.
double by_covariance(const detail::linear_factors& m, std::span<const double> x) {
  const long d = m.dimension(), l = m.factors(), n = static_cast<long>(x.size()) / d;
  std::vector<double> c(static_cast<std::size_t>(d * d)), y(static_cast<std::size_t>(d));
  for (long i = 0; i < d; ++i)
    for (long j = 0; j < d; ++j)
      c[static_cast<std::size_t>(i * d + j)] = tensor::dot(m.loadings().data() + i * l, m.loadings().data() + j * l, l) +
                                               (i == j ? m.noise()[static_cast<std::size_t>(i)] : 0);
  REQUIRE(tensor::cholesky(d, c.data()));
  double sum = 0;
  for (long i = 0; i < n; ++i) {
    for (long j = 0; j < d; ++j)
      y[static_cast<std::size_t>(j)] = x[static_cast<std::size_t>(i * d + j)] - m.mean()[static_cast<std::size_t>(j)];
    tensor::solve_lower(d, c.data(), y.data());
    sum -= (tensor::dot(y.data(), y.data(), d) + tensor::cholesky_log_determinant(d, c.data()) +
            static_cast<double>(d) * std::log(2 * 3.14159265358979323846)) / 2;
  }
  return sum;
}

}  // namespace

TEST_CASE("probabilistic PCA: closed form, EM, and what others say of Iris") {
  const auto x = fixture("iris/points");
  const auto check = [&](auto closed, auto em, double expected) {
    closed.fit_closed_form({x, 4});
    CHECK(closed.log_likelihood({x, 4}) == doctest::Approx(150 * expected).epsilon(1e-10));
    CHECK(by_covariance(closed, x) == doctest::Approx(150 * expected).epsilon(1e-10));
    const em_report r = em.fit({x, 4}, {.tolerance = 1e-13});
    CHECK(r.final() == doctest::Approx(150 * expected).epsilon(1e-7));
    CHECK(r.final() == doctest::Approx(em.log_likelihood({x, 4})).epsilon(1e-11));
    CHECK(em.noise()[0] == doctest::Approx(closed.noise()[0]).epsilon(1e-4));
  };
  check(probabilistic_pca<1, 4>(), probabilistic_pca<1, 4>(), fixture("ppca/L1").at(0));
  check(probabilistic_pca<2, 4>(), probabilistic_pca<2, 4>(), fixture("ppca/L2").at(0));
  // scikit-learn's PCA.score, which divides by 149.
  const auto widened = [&](auto m, double expected) {
    m.fit_closed_form({x, 4});
    std::vector<double> w(m.loadings().begin(), m.loadings().end()), noise(m.noise().begin(), m.noise().end());
    for (double& v : w) v *= std::sqrt(150. / 149);
    for (double& v : noise) v *= 150. / 149;
    m.set(m.mean(), w, noise);
    CHECK(std::abs(m.log_likelihood({x, 4}) - expected) < 1e-5);
  };
  widened(probabilistic_pca<1>(), -470.67615);
  widened(probabilistic_pca<2>(), -404.96948);
  probabilistic_pca<0, 4> none, by_em;
  none.fit_closed_form({x, 4});
  by_em.fit({x, 4});
  CHECK(std::abs(none.log_likelihood({x, 4}) + 889.51613) < 1e-4);
  CHECK(by_em.log_likelihood({x, 4}) == doctest::Approx(none.log_likelihood({x, 4})).epsilon(1e-12));
}
TEST_CASE("EM reaches the closed form in many dimensions, also by weights, for any team") {
  const long n = 700, d = 37;
  std::vector<double> x(static_cast<std::size_t>(n * d)), z(static_cast<std::size_t>(n * 3));
  rng::normal<double>(x, {1, 0, 0});
  rng::normal<double>(z, {2, 0, 0});
  for (long i = 0; i < n; ++i)
    for (long j = 0; j < d; ++j)
      x[static_cast<std::size_t>(i * d + j)] = .5 * x[static_cast<std::size_t>(i * d + j)] + 3 +
                                               z[static_cast<std::size_t>(i * 3 + j % 3)] * static_cast<double>(1 + j % 3);
  std::vector<double> w(static_cast<std::size_t>(n), 2.);
  tensor::team three(3);
  probabilistic_pca<3> closed, em, weighted;
  closed.fit_closed_form({x, d});
  const em_report r = em.fit({x, d}, {.tolerance = 1e-13});
  CHECK(r.final() == doctest::Approx(closed.log_likelihood({x, d})).epsilon(1e-9));
  CHECK(closed.noise()[0] == doctest::Approx(.25).epsilon(.03));
  CHECK(weighted.fit({x, d}, {.tolerance = 1e-13}, w, three).final() == doctest::Approx(2 * r.final()).epsilon(1e-9));
  probabilistic_pca<3> same;
  CHECK(same.fit({x, d}, {.tolerance = 1e-13}, {}, three).log_likelihood == r.log_likelihood);
  CHECK(em.log_densities({x, d}) == em.log_densities({x, d}, three));
  // Samples have the covariance again.
  probabilistic_pca<3> again;
  const auto drawn = closed.sample(20000, 4);
  again.fit_closed_form({drawn, d});
  CHECK(again.noise()[0] == doctest::Approx(closed.noise()[0]).epsilon(.01));
}
TEST_CASE("factor analysis is scikit-learn's") {
  const auto x = fixture("fa/points");
  factor_analysis<2, 6> m;
  const em_report r = m.fit({x, 6}, {.iterations = 100000, .tolerance = 1e-14});
  CHECK(r.final() / 200 == doctest::Approx(fixture("fa/log_likelihood").at(0)).epsilon(1e-7));
  CHECK(by_covariance(m, x) == doctest::Approx(r.final()).epsilon(1e-11));
  CHECK(m.free_parameters() == 6 + 12 - 1 + 6);
  factor_analysis<dynamic> told(2);
  CHECK(told.fit({x, 6}, {.iterations = 100000, .tolerance = 1e-14}).log_likelihood == r.log_likelihood);
  CHECK_THROWS_AS((factor_analysis<2, 6>(3)), usage_error);
}
TEST_CASE("moments of the factors") {
  // One factor, one column: mean and variance in closed form.
  factor_analysis<1, 1> m;
  m.set(std::vector{2.}, std::vector{3.}, std::vector{4.});
  const std::vector<double> x{5., -1.};
  const factor_posterior p = m.posterior({x, 1});
  CHECK(p.covariance.at(0) == doctest::Approx(1 / (1 + 9. / 4)));
  CHECK(p.means.at(0) == doctest::Approx(3. / 13 * 3));
  CHECK(p.means.at(1) == doctest::Approx(3. / 13 * -3));
  CHECK(m.log_densities({x, 1})[0] == doctest::Approx(-.5 * (9. / 13 + std::log(13 * 2 * 3.14159265358979))));
}
TEST_CASE("missing values are integrated out") {
  auto x = fixture("fa/points");
  factor_analysis<2, 6> whole, m, same;
  whole.fit({x, 6}, {.tolerance = 1e-12});
  // By the covariance of what is known, and the factors' moments by it.
  auto point = std::vector<double>(x.begin(), x.begin() + 6);
  const double nan = std::nan("");
  const auto c = [&](long i, long j) {
    return tensor::dot(whole.loadings().data() + 2 * i, whole.loadings().data() + 2 * j, 2) +
           (i == j ? whole.noise()[static_cast<std::size_t>(i)] : 0);
  };
  const double a = c(1, 1), b = c(1, 4), e = c(4, 4), det = a * e - b * b;
  const double y = point[1] - whole.mean()[1], z = point[4] - whole.mean()[4];
  const std::vector<double> two{nan, point[1], nan, nan, point[4], nan};
  CHECK(whole.log_densities({two, 6})[0] ==
        doctest::Approx(-.5 * ((e * y * y - 2 * b * y * z + a * z * z) / det + std::log(det)) -
                        std::log(2 * 3.14159265358979323846)));
  const factor_posterior p = whole.posterior({two, 6});
  const double *one = whole.loadings().data() + 2, *four = whole.loadings().data() + 8;
  CHECK(p.means[0] == doctest::Approx((one[0] * (e * y - b * z) + four[0] * (a * z - b * y)) / det));
  CHECK(p.covariance[0] == doctest::Approx(1 - (one[0] * (e * one[0] - b * four[0]) + four[0] * (a * four[0] - b * one[0])) / det));
  CHECK(whole.log_densities({std::vector<double>(6, nan), 6})[0] == 0);
  // EM by groups of points is that by moments where nothing that counts is missing: a point without values changes nothing.
  auto more = x;
  more.insert(more.end(), 6, nan);
  const em_report r = m.fit({more, 6}, {.tolerance = 1e-12});
  CHECK(r.final() == doctest::Approx(whole.log_likelihood({x, 6})).epsilon(1e-9));
  CHECK(apart(m.noise(), whole.noise()) < 1e-4);
  for (std::size_t i = 0; i < x.size(); i += 4) x[i] = nan;
  for (std::size_t i = 0; i < 60; i += 7) x[i] = nan;
  tensor::team three(3);
  const factor_options o{.iterations = 3000, .tolerance = 1e-12};
  const em_report holes = m.fit({x, 6}, o), threads = same.fit({x, 6}, o, std::vector<double>(200, 1.), three);
  CHECK(holes.log_likelihood == threads.log_likelihood);
  CHECK(holes.final() == doctest::Approx(m.log_likelihood({x, 6})).epsilon(1e-12));
  CHECK(holes.final() > whole.log_likelihood({x, 6}));
  CHECK(holes.final() < whole.log_likelihood({x, 6}) + 20);
  // Any small change makes it worse.
  std::vector<double> mean(m.mean().begin(), m.mean().end()), w(m.loadings().begin(), m.loadings().end()),
      noise(m.noise().begin(), m.noise().end());
  const auto check = [&](std::vector<double>& of) {
    for (double& v : of)
      for (const double step : {-1e-2, 1e-2}) {
        const double was = std::exchange(v, v + step);
        same.set(mean, w, noise);
        CHECK(same.log_likelihood({x, 6}) < holes.final() + 1e-6);
        v = was;
      }
  };
  check(mean), check(w), check(noise);
  probabilistic_pca<1, 6> pca;
  CHECK(pca.fit({x, 6}).converged);
  CHECK(pca.noise()[0] == pca.noise()[5]);
  for (std::size_t i = 3; i < x.size(); i += 6) x[i] = nan;
  CHECK_THROWS_WITH_AS(m.fit({x, 6}), "factor_analysis: column 3 has no values", bad_input);
}
TEST_CASE("saved and read back; what cannot be fitted") {
  const auto x = fixture("iris/points");
  const auto path = std::filesystem::temp_directory_path() / "genet_factor_analysis.safetensors";
  probabilistic_pca<2, 4> m, read;
  CHECK_THROWS_AS(m.sample(3), usage_error);
  m.fit_closed_form({x, 4});
  m.save(path);
  read.load(path);
  CHECK(read.log_densities({x, 4}) == m.log_densities({x, 4}));
  probabilistic_pca<1, 4> other;
  CHECK_THROWS_AS(other.load(path), bad_input);
  std::filesystem::remove(path);
  auto bad = x;
  bad[5] = std::nan("");
  CHECK_THROWS_WITH_AS(m.fit_closed_form({bad, 4}),
                       "factor_analysis: points: found NaN in row 1, expected finite numbers", bad_input);
  for (std::size_t i = 1; i < bad.size(); i += 4) bad[i] = 2;
  for (double& v : bad)
    if (std::isnan(v)) v = 2;
  factor_analysis<1, 4> fa;
  CHECK_THROWS_WITH_AS(fa.fit({bad, 4}),
                       "factor_analysis: column 1 is constant (2.000000): leave it out, it has no density", bad_input);
  const std::vector<double> line{1, 1, 2, 2, 3, 3};
  probabilistic_pca<1, 2> flat;
  CHECK_THROWS_WITH_AS(
      flat.fit_closed_form({line, 2}),
      "factor_analysis: the points vary in no more than 1 directions, expected noise in the others", bad_input);
  CHECK_THROWS_AS(m.set(m.mean(), m.loadings(), std::vector{1., 1., 0., 1.}), bad_input);
}
