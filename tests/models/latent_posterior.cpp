#include <genet/models/latent_posterior.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include "../train/fixture.hpp"
#include "../train/small_nets.hpp"
#include "linear_vae.hpp"

using namespace genet;
using namespace small_nets;
using namespace linear_vae;

namespace {

constexpr float missing = std::numeric_limits<float>::quiet_NaN();

/// Gradient of log p(x|z) against central differences, at codes that the encoder proposes.
template <class Model>
double slope_error(const Model& m, const data::examples& x) {
  double worst = 0;
  latent::in_blocks("test", m, x, 2, 0.7, tensor::alone(), [&](auto& block, long) {
    const auto n = static_cast<std::size_t>(block.rows()), size = static_cast<std::size_t>(block.size());
    std::vector<double> z(n * size), variances(n * size), values(n), gradients(n * size), other(n * size);
    block.begin(z.data(), variances.data(), {1, 2, 3});
    block.at(z.data(), values.data(), gradients.data());
    for (std::size_t r = 0; r < n; ++r) {
      const auto value = [&](const std::vector<double>& own) {
        std::copy(own.begin(), own.end(), z.begin() + static_cast<long>(r * size));
        block.at(z.data(), values.data(), other.data());
        return values[r];
      };
      const auto own = [&](const std::vector<double>& all) {
        const auto first = all.begin() + static_cast<long>(r * size);
        return std::vector<double>(first, first + static_cast<long>(size));
      };
      const auto at = own(z);
      worst = std::max(worst, gradient_error(value, at, own(gradients)));
      value(at);
    }
  });
  return worst;
}

data::examples with_holes(data::examples x) {
  for (std::size_t i = 0; i < x.x.size(); ++i)
    if (i % 12 > 3 && i % 5 < 2) x.x[i] = missing;
  return x;
}

}  // namespace

TEST_CASE("slopes of log p(x|z) are those of central differences, also where a part of x is missing") {
  for (const bool holes : {false, true}) {
    CAPTURE(holes);
    const auto x = holes ? with_holes(classes_of_pictures(4)) : classes_of_pictures(4);
    CHECK(slope_error(model<labelled, double>{seed{2}}, x) < 1e-6);
    const auto y = points(3, holes);
    model<vae<encoder, decoder, gaussian<learned_variance_per_element>>, double> m{seed{3}};
    set(m, 0.4);
    CHECK(slope_error(m, y) < 1e-6);
  }
}

TEST_CASE("draws of a linear decoder have the moments of the exact posterior") {
  model<linear, double> m{seed{1}};
  set(m, 0.4);
  for (const bool holes : {false, true}) {
    CAPTURE(holes);
    const auto x = points(3, holes);
    const auto drawn = posterior_codes(m, x, {.chains = 4, .warmup = 200, .iterations = 1000, .seed = 3});
    for (long i = 0; i < x.count; ++i) {
      const auto exact = posterior(m, x.row(i));
      for (std::size_t at = 0; at < q; ++at) {
        const auto found = drawn.summary(i, static_cast<long>(at));
        const double sd = std::sqrt(exact.covariance[at * q + at]);
        CHECK(std::abs(found.mean - exact.mean[at]) < 4 * found.mcse_mean);
        CHECK(std::abs(found.sd - sd) < 4 * found.mcse_sd);
        CHECK(found.r_hat < 1.01);
        CHECK(found.ess_bulk > 1000);
      }
    }
    for (const double a : drawn.acceptance) CHECK(std::abs(a - 0.8) < 0.18);
  }
}

TEST_CASE("where nothing is observed the posterior is the prior") {
  const model<article> m{seed{1}};
  data::examples x = pictures(1, 12, 1);
  std::fill(x.x.begin(), x.x.end(), missing);
  const auto drawn = posterior_codes(m, x, {.chains = 8, .warmup = 100, .iterations = 500});
  for (long k = 0; k < 3; ++k) {
    const auto found = drawn.summary(0, k);
    CHECK(std::abs(found.mean) < 4 * found.mcse_mean);
    CHECK(std::abs(found.sd - 1) < 4 * found.mcse_sd);
  }
  for (const double l : drawn.log_likelihood) CHECK(l == 0);
}

TEST_CASE("threads change nothing, seeds do, and each example has its own random numbers") {
  const model<labelled> m{seed{2}};
  const auto x = with_holes(classes_of_pictures(40));  // more than one block of 512 chains
  const latent_chains o{.chains = 20, .warmup = 24, .iterations = 3, .leapfrog_steps = 3};
  const auto once = posterior_codes(m, x, o);
  tensor::team team{3};
  CHECK(posterior_codes(m, x, o, team).values == once.values);
  auto other = o;
  other.seed = 2;
  CHECK(posterior_codes(m, x, other).values != once.values);
  CHECK(once.examples == 40);
  CHECK(once.values.size() == 40 * 3 * 20 * 3);
  CHECK(once.step_size.size() == 40 * 20);
  auto twins = data::chosen(x, std::vector{0, 0});
  const auto drawn = posterior_codes(m, twins, o);
  CHECK(drawn.of(0, 0).values[0] != drawn.of(1, 0).values[0]);
}

TEST_CASE("what it refuses") {
  const model<mlp> m{seed{1}};
  auto x = pictures(5, 12, 1);
  CHECK_THROWS_WITH_AS(
      posterior_codes(m, x, {.chains = 0}),
      "posterior_codes: found 0 chains of 100 transitions of at most 10 leapfrog steps, expected at least 1 of each",
      usage_error);
  CHECK_THROWS_AS(posterior_codes(m, x, {.target_acceptance = 1}), usage_error);
  CHECK_THROWS_WITH_AS(posterior_codes(m, data::examples{}), "posterior_codes: there are no examples", bad_input);
  CHECK_THROWS_WITH_AS(posterior_codes(m, pictures(5, 13, 1)),
                       "posterior_codes: the examples have 13 features, the model takes 12", bad_input);
  CHECK_THROWS_WITH_AS(posterior_codes(model<labelled>{seed{1}}, x),
                       "posterior_codes: 5 rows want as many labels, got 0", usage_error);
  x.x[3] = std::numeric_limits<float>::infinity();
  CHECK_THROWS_WITH_AS(posterior_codes(m, x), "posterior_codes: found an infinite number in the examples", bad_input);
  model<mlp> broken{seed{1}};
  broken.set("decoder.0.bias", std::vector<float>(7, missing));
  CHECK_THROWS_WITH_AS(posterior_codes(broken, pictures(2, 12, 1)),
                       "posterior_codes: log p(x|z) of example 0 is not finite where its chains begin",
                       bad_input);
  CHECK_THROWS_WITH_AS(latent_draws{}.of(0, 1), "latent_draws: found number 1 of example 0, there are 0 of 0",
                       usage_error);
}
