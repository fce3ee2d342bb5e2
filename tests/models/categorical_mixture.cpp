#include <doctest/doctest.h>
#include <genet/models/categorical_mixture.hpp>

#include <filesystem>

#include "statistics.hpp"

using namespace genet;

TEST_CASE("latent classes are found, with holes and weights; the same for any team") {
  categorical_mixture<2, 8, 3> truth;
  std::vector<double> p;
  for (int j = 0; j < 8; ++j) p.insert(p.end(), {.7, .2, .1});
  for (int j = 0; j < 8; ++j) p.insert(p.end(), {.1, .3, .6});
  truth.set(std::vector{.35, .65}, p);
  auto x = truth.sample(4000, 3);
  categorical_mixture<2> m, same, weighted;
  const categorical_mixture_options o{.tolerance = 1e-10, .starts = 2, .pseudo_count = 0};
  const em_report r = m.fit({x, 8}, o);
  CHECK(r.final() == doctest::Approx(m.log_likelihood({x, 8})).epsilon(1e-12));
  CHECK(m.categories() == 3);
  CHECK(m.free_parameters() == 1 + 2 * 8 * 2);
  CHECK(r.final() > truth.log_likelihood({x, 8}));
  const std::size_t first = m.weights()[0] < .5 ? 0 : 1;
  CHECK(m.weights()[first] == doctest::Approx(.35).epsilon(.1));
  CHECK(apart(m.probabilities().subspan(24 * first, 24), truth.probabilities().first(24)) < .07);
  tensor::team three(3);
  CHECK(same.fit({x, 8}, o, {}, three).log_likelihood == r.log_likelihood);
  CHECK(weighted.fit({x, 8}, o, std::vector<double>(4000, 2.)).final() == doctest::Approx(2 * r.final()).epsilon(1e-9));
  // Sums over everything that a point could be: a distribution.
  double all = 0;
  std::vector<double> point(8, std::nan(""));
  for (int a = 0; a < 3; ++a)
    for (int b = 0; b < 3; ++b) {
      point[2] = a, point[5] = b;
      all += std::exp(truth.log_densities({point, 8})[0]);
    }
  CHECK(all == doctest::Approx(1).epsilon(1e-13));
  CHECK(truth.log_densities({point, 8})[0] == doctest::Approx(std::log(.35 * .01 + .65 * .36)));
  for (std::size_t i = 0; i < x.size(); i += 5) x[i] = std::nan("");
  CHECK(m.fit({x, 8}, o).final() > truth.log_likelihood({x, 8}));
  CHECK(m.icl({x, 8}) > m.bic({x, 8}));
}
TEST_CASE("steps, hard assignments, components that begin anew") {
  categorical_mixture<3, 20, 4> truth;
  std::vector<double> p(3 * 20 * 4, .1);
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t j = 0; j < 20; ++j) p[(c * 20 + j) * 4 + c] = .7;
  truth.set(std::vector{.2, .3, .5}, p);
  const auto x = truth.sample(1500, 8);
  const double best = truth.log_likelihood({x, 20});
  const auto reach = [&](categorical_mixture_options o) {
    categorical_mixture<3, 20, 4> m;
    o.starts = 3;
    m.fit({x, 20}, o);
    return m.log_likelihood({x, 20});
  };
  CHECK(reach({}) > best);
  CHECK(reach({.iterations = 200, .steps = {.share = .4}}) > best);
  CHECK(reach({.iterations = 20, .steps = {.batch = 100}}) > best - 30);
  CHECK(reach({.hard = true}) > best - 30);
  // Two components at home and one where no point is.
  categorical_mixture<3, 20, 4> m;
  std::vector<double> q = p;
  for (std::size_t i = 160; i < 240; ++i) q[i] = i % 4 == 3 ? 1 - 3e-6 : 1e-6;
  m.set(std::vector{.3, .3, .4}, q);
  const em_report r = m.fit({x, 20}, {.given = true, .smallest_weight = .05});
  CHECK(r.reseeded > 0);
  CHECK(m.log_likelihood({x, 20}) > best);
}
TEST_CASE("saved and read back; what cannot be fitted") {
  const auto path = std::filesystem::temp_directory_path() / "genet_categorical_mixture.safetensors";
  categorical_mixture<1, 2> m;
  m.set(std::vector{1.}, std::vector{.5, .25, .25, .1, .2, .7}, 3);
  m.save(path);
  categorical_mixture<dynamic> read(1);
  read.load(path);
  CHECK(apart(read.probabilities(), m.probabilities()) == 0);
  CHECK(read.dimension() == 2);
  categorical_mixture<1, 2, 2> other;
  CHECK_THROWS_AS(other.load(path), bad_input);
  std::filesystem::remove(path);
  CHECK_THROWS_WITH_AS(other.fit({std::vector{0., 1., 1., 2.}, 2}),
                       "categorical_mixture: row 1, column 1: found 2.000000, expected a whole number from 0 to 1, or NaN for a "
                       "missing value",
                       bad_input);
  CHECK_THROWS_AS(read.fit({std::vector{0., .5}, 2}), bad_input);
  CHECK_THROWS_AS(read.fit({std::vector{0., 1e300}, 2}), bad_input);
  CHECK_THROWS_WITH_AS(m.set(std::vector{1.}, std::vector{.5, .2, .2, .1, .2, .7}, 3),
                       "categorical_mixture: found probabilities of a column that add up to 0.900000, expected 1", bad_input);
}
