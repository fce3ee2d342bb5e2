#include <genet/models/imputation.hpp>

#include <cmath>
#include <vector>

#include "linear_vae.hpp"

using namespace genet;
using namespace linear_vae;

TEST_CASE("of a linear decoder means and draws have the moments of the normal distribution of what is missing") {
  model<linear, double> m{seed{1}};
  set(m, 0.4);
  const auto x = points(3, true);
  const auto w = m.get("decoder.0.weight"), b = m.get("decoder.0.bias");
  const latent_chains o{.chains = 4, .warmup = 200, .iterations = 2000, .seed = 3};
  const auto done = impute(m, x, o, {.draws = 8000, .noise = true});
  const auto pictures = impute(m, x, o, {.draws = 8000});
  REQUIRE(done.draws.count == 3 * 8000);
  CHECK(done.means.values == pictures.means.values);
  for (long i = 0; i < x.count; ++i) {
    const auto code = posterior(m, x.row(i));
    for (std::size_t j = 0; j < d; ++j) {
      const double given = x.row(i)[j];
      double mean = b[j], variance = 0, found = 0, squares = 0, without_noise = 0;
      for (std::size_t k = 0; k < q; ++k) {
        mean += w[j * q + k] * code.mean[k];
        for (std::size_t l = 0; l < q; ++l) variance += w[j * q + k] * w[j * q + l] * code.covariance[k * q + l];
      }
      for (long n = 8000 * i; n < 8000 * (i + 1); ++n) {
        found += done.draws[n][j] / 8000;
        squares += std::pow(done.draws[n][j] - mean, 2) / 8000;
        without_noise += std::pow(pictures.draws[n][j] - mean, 2) / 8000;
      }
      if (!std::isnan(given)) {
        CHECK(done.means[i][j] == given);
        CHECK(found == doctest::Approx(given));
        continue;
      }
      CHECK(std::abs(done.means[i][j] - mean) < 0.05 * std::sqrt(variance));
      CHECK(std::abs(found - mean) < 0.05 * std::sqrt(variance + 0.4));
      CHECK(squares == doctest::Approx(variance + 0.4).epsilon(0.08));
      CHECK(without_noise == doctest::Approx(variance).epsilon(0.08));
    }
  }
}

TEST_CASE("draws are the last ones of the chains in turn, and the same for any number of threads") {
  model<linear> m{seed{1}};
  set(m, 0.4);
  const auto x = points(5, true);
  const latent_chains o{.chains = 2, .warmup = 30, .iterations = 4};
  const auto three = impute(m, x, o, {.draws = 3}), two = impute(m, x, o, {.draws = 2});
  const auto codes = posterior_codes(m, x, o);
  for (long i = 0; i < x.count; ++i)
    for (std::size_t j = 0; j < d; ++j) {
      CHECK(three.draws[3 * i][j] == two.draws[2 * i][j]);
      if (!std::isnan(x.row(i)[j])) continue;
      const long last[] = {3, 7, 2};  // of the first chain, of the second, the one before
      for (long n = 0; n < 3; ++n) {
        float v = m.get("decoder.0.bias")[j];
        for (std::size_t k = 0; k < q; ++k)
          v += m.get("decoder.0.weight")[j * q + k] *
               static_cast<float>(codes.of(i, static_cast<long>(k)).values[static_cast<std::size_t>(last[n])]);
        CHECK(three.draws[3 * i + n][j] == doctest::Approx(v).epsilon(1e-5));
      }
    }
  tensor::team team{3};
  const auto again = impute(m, x, o, {.draws = 3, .noise = true}, team);
  CHECK(again.draws.values == impute(m, x, o, {.draws = 3, .noise = true}).draws.values);
  CHECK(again.means.values == three.means.values);
  CHECK_THROWS_WITH_AS(impute(m, x, o, {.draws = 9}),
                       "impute: found 9 draws, expected 0 to 8, as chains and iterations give", usage_error);
}
