// Posteriors of posteriordb (stan-dev/posteriordb, BSD-3-Clause), by the models of the program posterior. Each meets
// data of its own making, whose truth it has to find again; where GENET_POSTERIORDB, or ../shared/data/posteriordb,
// is the directory of the published data, also these, against the moments of the reference draws (an effective sample
// size of some 10 000).
#include <cstdlib>
#include <filesystem>
#include <optional>

#include <genet/inference/nuts.hpp>

#include <posterior/models.hpp>

#include "models.hpp"

namespace {

using posteriors::columns;

/// Nothing without the data.
std::optional<columns> published(const std::string& file) {
  const char* said = std::getenv("GENET_POSTERIORDB");
  const std::filesystem::path directory = said ? said : "../shared/data/posteriordb";
  if (!said && !std::filesystem::exists(directory)) {
    MESSAGE("GENET_POSTERIORDB is not set: " << file << " is left out");
    return {};
  }
  return columns::read(directory / file);
}

struct moment {
  int parameter;
  double mean, sd;
};

template <class Model>
void as_published(const Model& model, std::initializer_list<moment> reference, long iterations = 4000) {
  const draws d = sample(model, nuts{.iterations = iterations, .seed = 3, .target_acceptance = 0.95});
  CHECK(d.all_divergences() == 0);
  for (const auto& [i, mean, sd] : reference) {
    CAPTURE(i);
    const auto q = d.summary(i);
    agrees(q, mean, sd, sd / 100, sd / 100);
    CHECK(q.ess_bulk >= 2000);
    CHECK(q.ess_tail >= 2000);
  }
}

/// The truth lies within 4.5 deviations of the mean, and what the model knows of its conditionals agrees.
template <class Model>
void finds_again(const Model& model, std::initializer_list<double> truth) {
  const draws d = sample(model, nuts{.chains = 2, .warmup = 300, .iterations = 600, .seed = 5});
  const draws e = sample(model, gibbs{.chains = 2, .warmup = 300, .iterations = 1500, .seed = 6});
  CHECK(d.all_divergences() == 0);
  int i = 0;
  for (const double t : truth) {
    CAPTURE(i);
    const auto q = d.summary(i++);
    CHECK(std::abs(q.mean - t) < 4.5 * q.sd);
    CHECK(q.r_hat < 1.03);
    const auto by_gibbs = e.summary(i - 1);
    CHECK(std::abs(q.mean - by_gibbs.mean) <= 4.5 * std::hypot(q.mcse_mean, by_gibbs.mcse_mean));
    CHECK(std::abs(q.sd - by_gibbs.sd) <= 4.5 * std::hypot(q.mcse_sd, by_gibbs.mcse_sd));
  }
}

}  // namespace

TEST_CASE("eight schools by conditionals") {
  const draws d = sample(posteriors::eight_schools{}, gibbs{.iterations = 4000, .seed = 2});
  agrees(d.summary(0), 4.4105, 3.3093, .033, .033);
  agrees(d.summary(1), 3.6021, 3.1985, .032, .05);
}

TEST_CASE("a mixture of two normal distributions") {
  finds_again(posteriors::mixture::twin(), {-2, 3, 1.2, 0.8, 0.6});
  if (const auto c = published("low_dim_gauss_mix.json"))
    as_published(
        posteriors::mixture{c->y()},
        {{0, -2.7335, .0420}, {1, 2.8698, .0546}, {2, 1.0281, .0314}, {3, 1.0238, .0405}, {4, .62155, .01548}}, 1000);
}

TEST_CASE("hidden states") {
  finds_again(posteriors::hidden_states::twin(), {0.8, 0.2, 0.1, 0.9, 3, 8});
  if (const auto c = published("hmm_example.json"))
    as_published(posteriors::hidden_states{c->y()},
                 {{0, .66665, .1012}, {3, .92687, .0284}, {4, 3.0215, .2245}, {5, 8.8273, .1106}}, 1500);
}

TEST_CASE("a regression of five coefficients") {
  finds_again(posteriors::regression<6>(posteriors::regression_data::twin(), "twin"), {0, 1, 2, 3, 4, 0, 1});
  if (const auto c = published("sblri.json"))
    as_published(posteriors::regression<5>({{"a", "b", "c", "d", "e"}, c->at("X"), c->at("y")}, "sblri"),
                 {{0, .999466, .000974},
                  {1, 1.00023, .001154},
                  {2, 1.00042, .000958},
                  {3, 1.00115, .001060},
                  {4, 1.00156, .001048},
                  {5, .96263, .07118}});
}

TEST_CASE("a regression without priors of the coefficients, uncentred") {
  posteriors::regression_data d{.names = {"one", "iq"}, .flat = true};
  const auto noise = posteriors::normal_numbers(600, 2);
  for (std::size_t i = 0; i < 300; ++i) {
    d.x.insert(d.x.end(), {1, 5 + noise[i]});
    d.y.push_back(25 + 0.6 * d.x.back() + 4 * noise[300 + i]);
  }
  finds_again(posteriors::regression<2>(d, "simulated"), {25, 0.6, 4});
  if (const auto c = published("kidiq.json")) {
    d.x.clear();
    for (const double iq : c->at("mom_iq")) d.x.insert(d.x.end(), {1, iq});
    d.y = c->at("kid_score");
    as_published(posteriors::regression<2>(d, "kidiq"),
                 {{0, 25.9165, 5.9686}, {1, .608628, .058982}, {2, 18.2758, .6240}});
  }
}

TEST_CASE("the density of a regression is that of its residuals") {
  const auto d = posteriors::regression_data::twin();
  const posteriors::regression<6> m(d, "twin");
  const auto by_hand = [&](const std::array<double, 7>& t) {
    double sum = -100 * std::log(t[6]) - t[6] * t[6] / 200 - t[5] * t[5] / 2;
    for (std::size_t k = 0; k < 5; ++k) sum -= t[k] * t[k] / 200;
    for (std::size_t i = 0; i < 100; ++i) {
      double rest = d.y[i];
      for (std::size_t k = 0; k < 5; ++k) rest -= d.x[5 * i + k] * t[k];
      sum -= rest * rest / (2 * t[6] * t[6]);
    }
    return sum;
  };
  const std::array<double, 7> at{0.1, 1.2, 1.9, 3, 4.1, -0.7, 1.3};
  std::array<double, 7> gradient;
  CHECK(m.log_density(at, gradient) == doctest::Approx(by_hand(at)).epsilon(1e-12));
  for (std::size_t k = 0; k < 7; ++k) {
    auto up = at, down = at;
    up[k] += 1e-6, down[k] -= 1e-6;
    CHECK(gradient[k] == doctest::Approx((by_hand(up) - by_hand(down)) / 2e-6).epsilon(1e-6));
  }
}
