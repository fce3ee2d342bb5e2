#include <genet/inference/slice.hpp>

#include "models.hpp"

namespace {

/// A gamma distribution of shape 3: mean 3, variance 3.
struct gamma_three {
  using parameters = inference::parameters<positive<>>;
  auto log_density(const auto& t) const { return 2 * log(t[0]) - t[0]; }
};

}  // namespace

TEST_CASE("distributions that are known") {
  agrees(sample(gamma_three{}, slice{.seed = 3}).summary(0), 3, std::sqrt(3.));
  const draws d = sample(three_states{}, slice{.iterations = 5000, .seed = 4});
  double visits[3] = {};
  for (const double v : d.of(0).values) ++visits[static_cast<int>(v)];
  for (int s = 0; s < 3; ++s) CHECK(visits[s] / 20'000 == doctest::Approx((s + 1) / 6.).epsilon(0.05));
  const draws e = sample(correlated{}, slice{.iterations = 20'000, .seed = 5});
  for (int i = 0; i < 2; ++i) agrees(e.summary(i), 0, 1);
}

TEST_CASE("widths that fit badly, and few steps, are as right") {
  for (const double width : {0.05, 500.})
    agrees(
        sample(gamma_three{}, slice{.warmup = 0, .iterations = 20'000, .width = width, .most_steps = 8}).summary(0),
        3, std::sqrt(3.));
}

TEST_CASE("simulation-based calibration") { CHECK(calibration(slice{.warmup = 50}, 400, 3) < 43.8); }

TEST_CASE("the same draws for any number of threads") {
  tensor::team two(2);
  const slice o{.chains = 3, .warmup = 20, .iterations = 30};
  CHECK(sample(correlated{}, o).values == sample(correlated{}, o, two).values);
}

TEST_CASE("what cannot be sampled") {
  CHECK_THROWS_AS(sample(nowhere{}, slice{}), bad_input);
  CHECK_THROWS_AS(sample(not_a_number{}, slice{}), bad_input);
  CHECK_THROWS_AS(sample(correlated{}, slice{.width = 0}), usage_error);
  CHECK_THROWS_AS(sample(correlated{}, slice{.most_steps = 0}), usage_error);
}
