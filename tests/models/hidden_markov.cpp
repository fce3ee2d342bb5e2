#include <doctest/doctest.h>
#include <genet/models/hidden_markov.hpp>

#include <filesystem>
#include <limits>

#include "statistics.hpp"

using namespace genet;

namespace {

using weather = hidden_markov<3, categorical_emission<4>>;

weather some_weather() {
  weather m;
  m.set(std::vector{.5, .3, .2}, std::vector{.6, .3, .1, .2, .7, .1, .0, .4, .6});
  m.emission().set(std::vector{.7, .1, .1, .1, .0, .5, .4, .1, .2, .2, .1, .5});
  return m;
}

}  // namespace

TEST_CASE("all paths enumerated") {
  const weather m = some_weather();
  const std::vector<std::int32_t> x{0, 1, 3, -1, 2, 1};  // one is missing
  double total = 0, best = 0;
  std::vector<double> posterior(18);
  std::vector<long> path(6), likeliest;
  for (long number = 0; number < 729; ++number) {
    double p = 1;
    for (std::size_t i = 0, rest = static_cast<std::size_t>(number); i < 6; ++i, rest /= 3) {
      path[i] = static_cast<long>(rest % 3);
      const auto s = static_cast<std::size_t>(path[i]);
      p *= i == 0 ? m.initial()[s] : m.transitions()[static_cast<std::size_t>(path[i - 1]) * 3 + s];
      if (x[i] >= 0) p *= m.emission().probabilities()[s * 4 + static_cast<std::size_t>(x[i])];
    }
    total += p;
    for (std::size_t i = 0; i < 6; ++i) posterior[i * 3 + static_cast<std::size_t>(path[i])] += p;
    if (p > best) best = p, likeliest = path;
  }
  for (double& v : posterior) v /= total;
  CHECK(m.log_likelihood(x) == doctest::Approx(std::log(total)).epsilon(1e-13));
  CHECK(apart(m.posterior(x), posterior) < 1e-13);
  const state_path found = m.viterbi(x);
  CHECK(found.states == likeliest);
  CHECK(found.log_probability == doctest::Approx(std::log(best)).epsilon(1e-13));
  // Two sequences one after the other are apart.
  std::vector<std::int32_t> two = x;
  two.insert(two.end(), x.begin(), x.end());
  const std::vector<long> lengths{6, 6};
  CHECK(m.log_likelihood(two, lengths) == doctest::Approx(2 * std::log(total)).epsilon(1e-13));
  CHECK(m.viterbi(two, lengths).log_probability == doctest::Approx(2 * std::log(best)).epsilon(1e-13));
}
TEST_CASE("Baum-Welch climbs to the source of a long sequence, the same for any team") {
  const weather m = some_weather();
  const auto drawn = m.sample(20000, 3);
  std::vector<long> lengths(100, 200);
  weather a, b;
  a.set(std::vector{.4, .3, .3}, std::vector{.5, .25, .25, .25, .5, .25, .25, .25, .5});
  a.emission().set(std::vector{.55, .15, .15, .15, .1, .4, .3, .2, .2, .2, .2, .4});
  b = a;
  const hidden_markov_options o{.iterations = 150, .start = markov_start::given};
  tensor::team three(3);
  const em_report r = a.fit(drawn.values, o, lengths);
  CHECK(r.log_likelihood == b.fit(drawn.values, o, lengths, {}, three).log_likelihood);
  CHECK(r.final() > m.log_likelihood(drawn.values, lengths) - 5);
  CHECK(apart(a.transitions(), m.transitions()) < .12);
  CHECK(apart(a.emission().probabilities(), m.emission().probabilities()) < .1);
  weather prior;
  CHECK(prior.fit(drawn.values, {.iterations = 10, .starts = 2, .dirichlet = 1.5}, lengths).iterations == 10);
  for (const double p : prior.transitions()) CHECK(p > 0);
}
TEST_CASE("a weight counts as so many sequences") {
  hidden_markov<2, gaussian_emission<1, tied>> a;
  a.set(std::vector{.5, .5}, std::vector{.8, .2, .3, .7});
  a.emission().set(std::vector{-1., 1.}, std::vector{1.});
  auto b = a;
  const auto x = a.sample(60, 4).values;
  auto twice = x;
  twice.insert(twice.end(), x.begin() + 20, x.end());
  const hidden_markov_options o{.iterations = 30, .tolerance = 0, .start = markov_start::given};
  const std::vector<long> lengths{20, 40}, more{20, 40, 40};
  const std::vector<double> weights{1, 2}, none{1, 0};
  const em_report weighted = a.fit({x, 1}, o, lengths, weights), repeated = b.fit({twice, 1}, o, more);
  CHECK(weighted.final() == doctest::Approx(repeated.final()).epsilon(1e-12));
  CHECK(apart(a.transitions(), b.transitions()) < 1e-9);
  CHECK(apart(a.emission().covariances(), b.emission().covariances()) < 1e-9);
  hidden_markov_options hard = o;
  hard.hard = true;
  CHECK(a.fit({x, 1}, hard, lengths, weights).final() == doctest::Approx(b.fit({twice, 1}, hard, more).final()).epsilon(1e-9));
  CHECK(a.viterbi({twice, 1}, more).log_probability == doctest::Approx(b.viterbi({twice, 1}, more).log_probability).epsilon(1e-6));
  CHECK(a.viterbi({twice, 1}, more).log_probability < a.log_likelihood({twice, 1}, more));
  CHECK(std::isfinite(a.fit({x, 1}, o, lengths, none).final()));
  CHECK_THROWS_WITH_AS(a.fit({x, 1}, o, lengths, std::vector{1.}),
                       "hidden_markov: found 1 weights, expected 2, one for each sequence", bad_input);
}
TEST_CASE("normal observations: a simulated twin, missing values") {
  using chain = hidden_markov<2, gaussian_emission<1>>;
  chain truth;
  truth.set(std::vector{.5, .5}, std::vector{.67, .33, .07, .93});
  truth.emission().set(std::vector{3., 9.}, std::vector{1., 1.});
  auto y = truth.sample(3000, 8).values;
  chain m;
  const em_report r = m.fit({y, 1});
  CHECK(r.final() > truth.log_likelihood({y, 1}));
  CHECK(r.final() < truth.log_likelihood({y, 1}) + 15);
  const std::size_t low = m.emission().means()[0] < m.emission().means()[1] ? 0 : 1;
  CHECK(m.emission().means()[low] == doctest::Approx(3).epsilon(.03));
  CHECK(m.transitions()[3 * low] == doctest::Approx(.67).epsilon(.06));
  for (std::size_t i = 0; i < y.size(); i += 10) y[i] = std::nan("");
  CHECK(m.fit({y, 1}).converged);
  CHECK(m.emission().means()[m.emission().means()[0] < m.emission().means()[1] ? 0 : 1] == doctest::Approx(3).epsilon(.03));
  // A chain without memory is a mixture.
  const auto x = fixture("iris/points");
  gaussian_mixture<3, 4> mixture;
  mixture.fit({x, 4}, {.iterations = 20});
  hidden_markov<3, gaussian_emission<4>> same;
  const std::vector w(mixture.weights().begin(), mixture.weights().end());
  auto rows = w;
  for (int i = 0; i < 2; ++i) rows.insert(rows.end(), w.begin(), w.end());
  same.set(w, rows);
  same.emission().set(mixture.means(), mixture.covariances());
  CHECK(same.log_likelihood({x, 4}) == doctest::Approx(mixture.log_likelihood({x, 4})).epsilon(1e-12));
  CHECK(apart(same.posterior({x, 4}), mixture.posterior({x, 4})) < 1e-12);
}
TEST_CASE("hmm_example") {
  const auto y = posteriordb("hmm_example", "y");
  if (y.empty()) return;
  hidden_markov<2, gaussian_emission<1>> m;
  m.set(std::vector{.5, .5}, std::vector{.666645, .333355, .0731326, .926867});
  m.emission().set(std::vector{3.02152, 8.82728}, std::vector{1., 1.});
  CHECK(std::abs(m.log_likelihood({y, 1}) + 165.057943) < 1e-6);
  hidden_markov_options o{.tolerance = 1e-13, .start = markov_start::given, .learn_initial = false, .learn_covariances = false};
  CHECK(std::abs(m.fit({y, 1}, o).final() + 164.964815) < 1e-4);
  CHECK(apart(m.transitions(), std::vector{.684191, .315809, .062508, .937492}) < 1e-4);
  CHECK(apart(m.emission().means(), std::vector{3.024901, 8.811641}) < 1e-4);
  CHECK(apart(m.emission().covariances(), std::vector{1., 1.}) == 0);
  o.learn_initial = o.learn_covariances = true;
  CHECK(std::abs(m.fit({y, 1}, o).final() + 163.431664) < 1e-4);
  CHECK(std::abs(std::sqrt(m.emission().covariances()[0]) - .858118) < 1e-4);
  CHECK(std::abs(std::sqrt(m.emission().covariances()[1]) - .927389) < 1e-4);
  CHECK(m.initial()[0] == doctest::Approx(1));
}
TEST_CASE("saved and read back") {
  const auto path = std::filesystem::temp_directory_path() / "genet_hidden_markov.safetensors";
  const weather m = some_weather();
  m.save(path);
  weather read;
  read.load(path);
  CHECK(apart(read.transitions(), m.transitions()) == 0);
  CHECK(apart(read.emission().probabilities(), m.emission().probabilities()) == 0);
  hidden_markov<2, categorical_emission<4>> other;
  CHECK_THROWS_AS(other.load(path), bad_input);
  std::filesystem::remove(path);
}
TEST_CASE("what cannot be read") {
  weather m = some_weather();
  const std::vector<std::int32_t> bad{0, 4}, fine{0, 1, 2}, none;
  CHECK_THROWS_WITH_AS(m.log_likelihood(bad),
                       "hidden_markov: found symbol 4 at place 1, expected 0 to 3, or -1 for a missing one", bad_input);
  CHECK_THROWS_WITH_AS(m.log_likelihood(none), "hidden_markov: found no observations, expected at least one", bad_input);
  const std::vector<long> wrong{2, 2}, zero{3, 0};
  CHECK_THROWS_WITH_AS(m.log_likelihood(fine, wrong),
                       "hidden_markov: found 3 observations, expected 4, as the lengths say", bad_input);
  CHECK_THROWS_WITH_AS(m.log_likelihood(fine, zero),
                       "hidden_markov: sequence 1: found a length of 0, expected at least 1", bad_input);
  CHECK_THROWS_AS(m.set(std::vector{.5, .3, .1}, m.transitions()), bad_input);
  m.set(std::vector{1., 0., 0.}, std::vector{1., 0., 0., 0., 1., 0., 0., 0., 1.});
  m.emission().set(std::vector{1., 0., 0., 0., 0., 1., 0., 0., 0., 0., 1., 0.});
  CHECK(m.log_likelihood(fine) == -std::numeric_limits<double>::infinity());
  CHECK_THROWS_AS(m.fit(fine, {.start = markov_start::given}), training_error);
}
