#include <genet/inference/mala.hpp>

#include "models.hpp"

TEST_CASE("a correlation of 0.99") {
  const draws d = sample(correlated{}, mala{.seed = 3});
  CHECK(d.all_divergences() == 0);
  for (int i = 0; i < 2; ++i) agrees(d.summary(i), 0, 1);
  for (const double a : d.acceptance) CHECK(a == doctest::Approx(0.574).epsilon(0.1));
}

TEST_CASE("simulation-based calibration") { CHECK(calibration(mala{.warmup = 100}, 400, 10) < 43.8); }

TEST_CASE("the same draws for any number of threads") {
  tensor::team two(2);
  const mala o{.chains = 3, .warmup = 50, .iterations = 50};
  CHECK(sample(correlated{}, o).values == sample(correlated{}, o, two).values);
}

TEST_CASE("what cannot be sampled") {
  CHECK_THROWS_AS(sample(nowhere{}, mala{}), bad_input);
  CHECK_THROWS_WITH_AS(sample(correlated{}, mala{.step_size = 0}), "mala: step_size must lie between 0 and 1e7",
                       usage_error);
}
