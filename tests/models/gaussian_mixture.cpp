#include <doctest/doctest.h>
#include <genet/models/gaussian_mixture.hpp>

#include <algorithm>
#include <filesystem>
#include <limits>

#include "statistics.hpp"

using namespace genet;

namespace {

template <class Covariance>
void iris(const char* kind) {
  const auto x = fixture("iris/points");
  for (long k = 1; k <= 3; ++k) {
    CAPTURE(kind);
    CAPTURE(k);
    const std::string name = kind + std::string("_") + std::to_string(k);
    const double best = fixture(name + "/log_likelihood").at(0);
    gaussian_mixture<dynamic, 4, Covariance> m(k);
    const mixture_options strict{.tolerance = 1e-11, .variance_floor = 2e-3, .smallest_weight = .03};
    // From the optimum's responsibilities.
    m.start_from({x, 4}, fixture(name + "/responsibilities"), strict);
    mixture_options given = strict;
    given.start = mixture_start::given;
    const em_report there = m.fit({x, 4}, given);
    CHECK(std::abs(m.log_likelihood({x, 4}) - best) < (k == 1 ? 1e-8 : 1e-3));
    CHECK(there.final() == doctest::Approx(m.log_likelihood({x, 4})).epsilon(1e-12));
    // By 20 starts of each kind.
    mixture_options search = strict;
    search.starts = 20;
    m.fit({x, 4}, search);
    double found = m.log_likelihood({x, 4});
    search.start = mixture_start::random;
    m.fit({x, 4}, search);
    found = std::max(found, m.log_likelihood({x, 4}));
    CHECK(found > best - 1e-3);
    CHECK(found < best + 1e-3);
  }
}

}  // namespace

TEST_CASE("Iris, full covariances") { iris<full>("full"); }
TEST_CASE("Iris, one covariance for all") { iris<tied>("tied"); }
TEST_CASE("Iris, diagonal covariances") { iris<diagonal>("diagonal"); }
TEST_CASE("Iris, spherical covariances") { iris<spherical>("spherical"); }

TEST_CASE("parameters, criteria and responsibilities are scikit-learn's") {
  const auto x = fixture("iris/points");
  gaussian_mixture<3, 4> m;
  m.start_from({x, 4}, fixture("full_3/responsibilities"));
  m.fit({x, 4}, {.tolerance = 1e-12, .start = mixture_start::given});
  CHECK(m.free_parameters() == 44);
  CHECK(apart(m.weights(), fixture("full_3/weights")) < 1e-4);
  CHECK(apart(m.means(), fixture("full_3/means")) < 1e-4);
  CHECK(std::abs(m.bic({x, 4}) - fixture("full_3/bic").at(0)) < 2e-3);
  CHECK(std::abs(m.aic({x, 4}) - fixture("full_3/aic").at(0)) < 2e-3);
  CHECK(m.icl({x, 4}) > m.bic({x, 4}));
  CHECK(apart(m.posterior({x, 4}), fixture("full_3/responsibilities")) < 1e-3);
}
TEST_CASE("any team gives the same bits; float and double points are the same") {
  std::vector<double> x(9000 * 5);
  rng::normal<double>(x, {1, 0, 0});
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = static_cast<float>(x[i] * (1. + static_cast<double>(i % 5)) + (i / 5 % 3 == 0 ? 4. : 0.));
  const std::vector<float> single(x.begin(), x.end());
  tensor::team three(3);
  gaussian_mixture<3, 5, full> a, b, c;
  gaussian_mixture<3, 5, diagonal> d, e;
  const mixture_options o{.iterations = 5, .tolerance = 0};
  CHECK(a.fit({x, 5}, o).log_likelihood == b.fit({x, 5}, o, {}, three).log_likelihood);
  c.fit({single, 5}, o);
  CHECK(apart(a.covariances(), b.covariances()) == 0);
  CHECK(apart(a.covariances(), c.covariances()) == 0);
  CHECK(d.fit({x, 5}, o).log_likelihood == e.fit({x, 5}, o, {}, three).log_likelihood);
}
TEST_CASE("a weight counts as so many points; one far away costs no digits") {
  const auto x = fixture("iris/points");
  std::vector<double> w(150, 1.), twice = x, far = x;
  for (std::size_t i = 0; i < 40; ++i) {
    w[3 * i] = 2;
    twice.insert(twice.end(), x.begin() + static_cast<long>(12 * i), x.begin() + static_cast<long>(12 * i) + 4);
  }
  for (double& v : far) v += 1e6;
  const auto responsibilities = fixture("full_3/responsibilities");
  auto more = responsibilities;
  for (std::size_t i = 0; i < 40; ++i)
    more.insert(more.end(), responsibilities.begin() + static_cast<long>(9 * i),
                responsibilities.begin() + static_cast<long>(9 * i) + 3);
  const mixture_options o{.tolerance = 1e-10, .start = mixture_start::given};
  gaussian_mixture<3, 4, full> a, b, c, plain;
  a.start_from({x, 4}, responsibilities, o, w);
  b.start_from({twice, 4}, more, o);
  const double weighted = a.fit({x, 4}, o, w).final();
  CHECK(weighted == doctest::Approx(b.fit({twice, 4}, o).final()).epsilon(1e-9));
  plain.start_from({x, 4}, responsibilities, o);
  c.start_from({far, 4}, responsibilities, o);
  CHECK(c.fit({far, 4}, o).final() == doctest::Approx(plain.fit({x, 4}, o).final()).epsilon(1e-8));
}
TEST_CASE("missing values are integrated out") {
  // One component: EM with missing values reaches the maximum of the likelihood of what is known.
  auto x = fixture("iris/points");
  for (std::size_t i = 0; i < 600; i += 7) x[i] = std::nan("");
  for (const bool dense : {true, false}) {
    const auto check = [&](auto m) {
      const em_report r = m.fit({x, 4}, {.iterations = 3000, .tolerance = 1e-12});
      CHECK(r.converged);
      CHECK(r.final() == doctest::Approx(m.log_likelihood({x, 4})));
      // Any small change makes it worse.
      std::vector<double> mean(m.means().begin(), m.means().end()), w(m.weights().begin(), m.weights().end()),
          s(m.covariances().begin(), m.covariances().end());
      for (std::size_t j = 0; j < mean.size(); ++j)
        for (const double step : {-1e-2, 1e-2}) {
          mean[j] += step;
          m.set(w, mean, s);
          CHECK(m.log_likelihood({x, 4}) < r.final());
          mean[j] -= step;
        }
      for (std::size_t j = 0; j < s.size(); j += 5) {
        s[j] *= 1.02;
        m.set(w, mean, s);
        CHECK(m.log_likelihood({x, 4}) < r.final());
        s[j] /= 1.02;
      }
    };
    if (dense)
      check(gaussian_mixture<1, 4, full>());
    else
      check(gaussian_mixture<1, 4, diagonal>());
  }
  gaussian_mixture<3, 4, full> three;  // the likelihood climbs, or fit would have thrown
  CHECK(three.fit({x, 4}).log_likelihood.size() > 3);
  // A diagonal covariance leaves columns apart, so that the closed form is each column's own.
  gaussian_mixture<1, 4, diagonal> one;
  one.fit({x, 4}, {.iterations = 3000, .tolerance = 1e-14});
  for (std::size_t j = 0; j < 4; ++j) {
    double sum = 0, n = 0;
    for (std::size_t i = j; i < 600; i += 4)
      if (!std::isnan(x[i])) sum += x[i], ++n;
    CHECK(one.means()[j] == doctest::Approx(sum / n).epsilon(1e-6));
  }
}
TEST_CASE("priors and hard assignments climb too") {
  const auto x = fixture("iris/points");
  const mixture_options map{.tolerance = 1e-10, .dirichlet = 3, .prior = {.mean_strength = .01, .degrees = 6, .scale = .6}};
  const auto climbs = [&](auto m) {
    CHECK(m.fit({x, 4}, map).converged);
    mixture_options hard;
    hard.hard = true;
    const em_report r = m.fit({x, 4}, hard);
    CHECK(r.converged);
    CHECK(r.final() <= m.log_likelihood({x, 4}));
  };
  climbs(gaussian_mixture<3, 4, full>());
  climbs(gaussian_mixture<3, 4, tied>());
  climbs(gaussian_mixture<3, 4, diagonal>());
  climbs(gaussian_mixture<3, 4, spherical>());
  // One component under the prior: the mode in closed form.
  gaussian_mixture<1, 4, diagonal> one, free;
  one.fit({x, 4}, map);
  free.fit({x, 4});
  for (std::size_t j = 0; j < 4; ++j)
    CHECK(one.covariances()[j] == doctest::Approx(free.covariances()[j] * (150 + .6) / (150 + 6 + 5 + 1)));
}
TEST_CASE("an empty component begins anew; duplicated points and tiny spreads do not break anything") {
  const auto x = fixture("iris/points");
  gaussian_mixture<2, 4, full> m;
  std::vector<double> w{1, 0}, mean(8), s(32);
  for (std::size_t j = 0; j < 4; ++j) {
    mean[j] = 3;
    mean[4 + j] = 1e5;  // no point is near
    s[5 * j] = s[16 + 5 * j] = 1;
  }
  w = {.5, .5};
  m.set(w, mean, s);
  const em_report r = m.fit({x, 4}, {.start = mixture_start::given, .smallest_weight = .01});
  CHECK(r.reseeded >= 1);
  CHECK(!r.collapsed);
  CHECK(r.final() > -260);
  std::vector<double> copies;
  for (int i = 0; i < 60; ++i) copies.insert(copies.end(), {static_cast<double>(i % 3), static_cast<double>(i % 2)});
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    gaussian_mixture<6, 2, full> many;
    CHECK(std::isfinite(many.fit({copies, 2}, {.iterations = 200, .start = mixture_start::random, .seed = seed}).final()));
  }
}
TEST_CASE("samples have the parameters; they are saved and read back") {
  gaussian_mixture<2, 2, full> m;
  m.set(std::vector{.3, .7}, std::vector{-3., 1., 4., 0.}, std::vector{2., .8, .8, 1., .5, -.2, -.2, .4});
  const mixture_sample drawn = m.sample(40000, 5);
  gaussian_mixture<2, 2, full> again, read;
  again.fit({drawn.values, 2}, {.start = mixture_start::k_means});
  const std::size_t first = again.weights()[0] < .5 ? 0 : 1;
  CHECK(again.weights()[first] == doctest::Approx(.3).epsilon(.03));
  CHECK(std::abs(again.covariances()[4 * first + 1] - .8) < .05);
  CHECK(std::abs(static_cast<double>(std::count(drawn.labels.begin(), drawn.labels.end(), 0L)) - 12000) < 400);
  const auto path = std::filesystem::temp_directory_path() / "genet_gaussian_mixture.safetensors";
  m.save(path);
  read.load(path);
  CHECK(apart(read.covariances(), m.covariances()) == 0);
  CHECK(read.log_likelihood({drawn.values, 2}) == m.log_likelihood({drawn.values, 2}));
  gaussian_mixture<3, 2, full> other;
  CHECK_THROWS_AS(other.load(path), bad_input);
  std::filesystem::remove(path);
}
TEST_CASE("a noise component: outliers, errors and repeated rows leave the others alone") {
  gaussian_mixture<2, 2> truth;
  truth.set(std::vector{.4, .6}, std::vector{-2., 0., 2., 1.}, std::vector{.5, .1, .1, .3, .4, -.1, -.1, .6});
  auto x = truth.sample(900, 3).values;
  std::vector<double> errors(2 * 80);
  rng::uniform<double>(errors, {4, 0, 0});
  for (double& v : errors) v = 40 * v - 20;
  x.insert(x.end(), errors.begin(), errors.end());
  for (int i = 0; i < 20; ++i) x.insert(x.end(), {150., 150.});  // the same error again and again
  const mixture_options with{.starts = 2, .smallest_weight = .1, .noise = {.weight = .1}};
  mixture_options without = with;
  without.noise = {};
  gaussian_mixture<2, 2> m, plain, read;
  const em_report r = m.fit({x, 2}, with);
  CHECK(r.final() == doctest::Approx(m.log_likelihood({x, 2})).epsilon(1e-12));
  CHECK(r.final() > plain.fit({x, 2}, without).final());
  CHECK(m.free_parameters() == 12);
  CHECK(m.noise_weight() == doctest::Approx(.1).epsilon(.2));
  const std::size_t left = m.means()[0] < m.means()[2] ? 0 : 1;
  const std::vector<double> moved{m.means()[2 * left], m.means()[2 * left + 1], m.means()[2 - 2 * left], m.means()[3 - 2 * left]};
  CHECK(apart(moved, truth.means()) < .12);
  CHECK(apart(m.covariances().subspan(4 * left, 4), truth.covariances().first(4)) < .12);
  CHECK(*std::max_element(plain.covariances().begin(), plain.covariances().end()) > 20);  // one holds all errors
  const auto noise = m.noise_posterior({x, 2}), responsibilities = m.posterior({x, 2});
  CHECK(noise[10] + responsibilities[20] + responsibilities[21] == doctest::Approx(1).epsilon(1e-14));
  CHECK(noise.back() > .999);
  CHECK(std::count_if(noise.begin(), noise.begin() + 900, [](double p) { return p > .5; }) < 15);
  // By hand: a box is the density of what is known.
  const double width = *std::max_element(x.begin(), x.end());
  const auto high = m.log_densities({std::vector{std::nan(""), 1e3}, 2})[0];
  double low_y = 0, high_y = 0;
  for (std::size_t i = 1; i < x.size(); i += 2) low_y = std::min(low_y, x[i]), high_y = std::max(high_y, x[i]);
  CHECK(width >= high_y);
  CHECK(high == doctest::Approx(std::log(m.noise_weight() / (high_y - low_y))));
  const mixture_sample drawn = m.sample(4000, 2);
  CHECK(std::abs(static_cast<double>(std::count(drawn.labels.begin(), drawn.labels.end(), -1L)) - 400) < 80);
  const auto path = std::filesystem::temp_directory_path() / "genet_noise.safetensors";
  m.save(path);
  read.load(path);
  std::filesystem::remove(path);
  CHECK(read.log_densities({x, 2}) == m.log_densities({x, 2}));
  CHECK(read.sample(50).values == m.sample(50).values);
  // A density that is none finds the same; hard assignments climb too.
  mixture_options improper = with;
  improper.noise.density = 1. / 170 / 170;
  gaussian_mixture<2, 2> constant;
  constant.fit({x, 2}, improper);
  CHECK(constant.noise_weight() == doctest::Approx(m.noise_weight()).epsilon(.1));
  const auto labels = constant.sample(100).labels;
  CHECK(std::count(labels.begin(), labels.end(), -1L) == 0);
  improper.hard = true;
  improper.dirichlet = 2;
  gaussian_mixture<2, 2, diagonal> hard;
  CHECK(hard.fit({x, 2}, improper).converged);
}
TEST_CASE("steps of EM: part of the way, conditional, in batches") {
  const auto x = fixture("iris/points");
  const auto reach = [&](auto m) {
    auto part = m, cycles = m, batches = m;
    const double best = m.fit({x, 4}, {.tolerance = 1e-11}).final();
    const em_report r = part.fit({x, 4}, {.iterations = 5000, .tolerance = 1e-11, .steps = {.share = .5}});
    CHECK(r.iterations > 10);  // and has climbed, or fit would have thrown
    CHECK(std::abs(r.final() - best) < 1e-2);
    CHECK(std::abs(cycles.fit({x, 4}, {.tolerance = 1e-11, .conditional = true}).final() - best) < 1e-2);
    const em_report b = batches.fit({x, 4}, {.iterations = 100, .tolerance = 0, .steps = {.batch = 40, .decay = .8}});
    CHECK(b.log_likelihood.size() == 101);
    CHECK(b.final() == doctest::Approx(batches.log_likelihood({x, 4})).epsilon(1e-12));
    CHECK(b.final() > best - 3);
    CHECK(b.final() < best + 1e-2);
  };
  reach(gaussian_mixture<2, 4, full>());
  reach(gaussian_mixture<2, 4, tied>());
  reach(gaussian_mixture<2, 4, diagonal>());
  reach(gaussian_mixture<2, 4, spherical>());
  // With a prior, weights, missing values and noise; conditional steps end where EM does.
  auto holes = x;
  for (std::size_t i = 0; i < 600; i += 11) holes[i] = std::nan("");
  const std::vector<double> w(150, 2.);
  mixture_options all{.tolerance = 1e-10,
                      .noise = {.weight = .05},
                      .dirichlet = 2,
                      .prior = {.mean_strength = 1, .degrees = 6, .scale = .6}};
  gaussian_mixture<2, 4> em, cycles, part, batches;
  const double best = em.fit({holes, 4}, all, w).final();
  all.conditional = true;
  CHECK(std::abs(cycles.fit({holes, 4}, all, w).final() - best) < 1e-2);
  all.conditional = false;
  all.steps.share = .7;
  CHECK(std::abs(part.fit({holes, 4}, all, w).final() - best) < 1e-2);
  all.steps = {.batch = 32};
  all.iterations = 50;
  CHECK(batches.fit({holes, 4}, all, w).final() > best - 20);
  all.conditional = true;
  CHECK_THROWS_AS(em.fit({x, 4}, all), usage_error);
  CHECK_THROWS_AS(em.fit({x, 4}, {.steps = {.share = 1.5}}), usage_error);
}
TEST_CASE("low_dim_gauss_mix, and a twin of it") {
  gaussian_mixture<2, 1> truth;
  truth.set(std::vector{.62, .38}, std::vector{-2.73, 2.87}, std::vector{1.05, 1.04});
  const auto twin = truth.sample(1000, 3).values;
  gaussian_mixture<2, 1> m;
  const em_report r = m.fit({twin, 1}, {.tolerance = 1e-12});
  CHECK(r.final() > truth.log_likelihood({twin, 1}));
  CHECK(r.final() < truth.log_likelihood({twin, 1}) + 12);
  const auto y = posteriordb("low_dim_gauss_mix", "y");
  if (y.empty()) return;
  CHECK(std::abs(m.fit({y, 1}, {.tolerance = 1e-13}).final() + 2096.67750) < 1e-4);
  const std::size_t low = m.means()[0] < 0 ? 0 : 1;
  CHECK(std::abs(m.means()[low] + 2.734354) < 1e-4);
  CHECK(std::abs(m.means()[1 - low] - 2.872013) < 1e-4);
  CHECK(std::abs(std::sqrt(m.covariances()[low]) - 1.025882) < 1e-4);
  CHECK(std::abs(std::sqrt(m.covariances()[1 - low]) - 1.018596) < 1e-4);
  CHECK(std::abs(m.weights()[low] - .622617) < 1e-4);
}
TEST_CASE("what cannot be fitted") {
  const auto x = fixture("iris/points");
  gaussian_mixture<3, 4> m;
  CHECK_THROWS_WITH_AS(m.log_likelihood({x, 4}),
                       "gaussian_mixture: it has no parameters yet, expected fit, set or load before", usage_error);
  CHECK_THROWS_WITH_AS(m.fit({std::vector<double>(8, 1.), 4}),
                       "gaussian_mixture: found 2 points, expected at least 3, one for each component", bad_input);
  CHECK_THROWS_WITH_AS(m.fit({x, 5}), "gaussian_mixture: found points of 5 dimensions, expected 4", bad_input);
  auto bad = x;
  for (std::size_t i = 2; i < bad.size(); i += 4) bad[i] = 1.5;
  CHECK_THROWS_WITH_AS(m.fit({bad, 4}),
                       "gaussian_mixture: column 2 is constant (1.500000): leave it out, it has no density", bad_input);
  bad[9] = std::numeric_limits<double>::infinity();
  CHECK_THROWS_WITH_AS(m.fit({bad, 4}), "gaussian_mixture: found an infinite number in row 2, column 1", bad_input);
  gaussian_mixture<1, 2> two;
  CHECK_THROWS_WITH_AS(two.set(std::vector{1.}, std::vector{0., 0.}, std::vector{1., 2., 2., 1.}),
                       "gaussian_mixture: the covariance of component 0 is not positive definite", bad_input);
  CHECK_THROWS_WITH_AS(two.set(std::vector{.5}, std::vector{0., 0.}, std::vector{1., 0., 0., 1.}),
                       "gaussian_mixture: expected weights not below 0 that add up to 1", bad_input);
  CHECK_THROWS_AS(m.fit({x, 4}, {.starts = 0}), usage_error);
  CHECK_THROWS_AS(m.fit({x, 4}, {.smallest_weight = .4}), usage_error);
  std::vector<double> line;  // on a line: only the floor keeps it apart from no density at all
  for (int i = 0; i < 20; ++i) line.insert(line.end(), {static_cast<double>(i), 2. * i});
  CHECK_THROWS_AS(two.fit({line, 2}, {.variance_floor = 0}), training_error);
  CHECK(std::isfinite(two.fit({line, 2}).final()));
}
