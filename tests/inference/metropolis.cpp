#include <genet/inference/metropolis.hpp>

#include "models.hpp"

TEST_CASE("detailed balance between three states") {
  const draws d = sample(three_states{}, metropolis{.chains = 2, .iterations = 60'000, .thinning = 1, .seed = 6});
  double visits[3] = {}, moves[3][3] = {};
  for (long c = 0; c < 2; ++c) {
    const auto chain = d.of(0).chain(c);
    for (std::size_t i = 0; i < chain.size(); ++i) {
      const int to = static_cast<int>(chain[i]);
      ++visits[to];
      if (i > 0) ++moves[static_cast<int>(chain[i - 1])][to];
    }
  }
  for (int s = 0; s < 3; ++s) CHECK(visits[s] / 120'000 == doctest::Approx((s + 1) / 6.).epsilon(0.05));
  for (int a = 0; a < 3; ++a)
    for (int b = 0; b < a; ++b) {
      CHECK(moves[a][b] > 500);
      CHECK(std::abs(moves[a][b] - moves[b][a]) < 4 * std::sqrt(moves[a][b] + moves[b][a]));
    }
}

TEST_CASE("a correlation of 0.99") {
  const draws d = sample(correlated{}, metropolis{.seed = 8});
  for (int i = 0; i < 2; ++i) agrees(d.summary(i), 0, 1);
  for (const double a : d.acceptance) CHECK(a == doctest::Approx(0.234).epsilon(0.3));
}

TEST_CASE("simulation-based calibration") { CHECK(calibration(metropolis{.warmup = 200}, 400, 3) < 43.8); }

TEST_CASE("the same draws for any number of threads") {
  tensor::team two(2);
  const metropolis o{.chains = 3, .warmup = 200, .iterations = 50, .shape = metric::diagonal};
  CHECK(sample(correlated{}, o).values == sample(correlated{}, o, two).values);
}

TEST_CASE("what cannot be sampled") {
  CHECK_THROWS_AS(sample(nowhere{}, metropolis{}), bad_input);
  CHECK_THROWS_AS(sample(not_a_number{}, metropolis{}), bad_input);
  CHECK_THROWS_AS(sample(correlated{}, metropolis{.thinning = 0}), usage_error);
  CHECK_THROWS_AS(sample(correlated{}, metropolis{.target_acceptance = 1}), usage_error);
  CHECK_THROWS_AS(sample(correlated{}, metropolis{.step_size = -1}), usage_error);
  CHECK(std::isnan(sample(correlated{}, metropolis{.warmup = 20, .iterations = 5}).e_bfmi_of(0)));
}
