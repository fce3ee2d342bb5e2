#include <genet/inference/hmc.hpp>

#include "models.hpp"

TEST_CASE("a correlation of 0.99, by all metrics") {
  for (const metric shape : {metric::unit, metric::diagonal, metric::dense}) {
    const draws d = sample(correlated{}, hmc{.iterations = 2000, .seed = 3, .shape = shape});
    CHECK(d.all_divergences() == 0);
    for (int i = 0; i < 2; ++i) agrees(d.summary(i), 0, 1);
  }
}

TEST_CASE("simulation-based calibration") { CHECK(calibration(hmc{.warmup = 100}, 400, 3) < 43.8); }

TEST_CASE("the same draws for any number of threads") {
  tensor::team two(2);
  const hmc o{.chains = 3, .warmup = 50, .iterations = 50};
  CHECK(sample(correlated{}, o).values == sample(correlated{}, o, two).values);
}

TEST_CASE("options out of range") {
  CHECK_THROWS_AS(sample(correlated{}, hmc{.integration_time = 0}), usage_error);
  CHECK_THROWS_AS(sample(correlated{}, hmc{.max_steps = 0}), usage_error);
  CHECK_THROWS_WITH_AS(sample(correlated{}, hmc{.target_acceptance = 0}),
                       "hmc: target_acceptance must lie between 0 and 1", usage_error);
}
