#include <genet/metrics/moments.hpp>

#include "fixture.hpp"

using namespace genet;

namespace {

double apart(const std::vector<double>& x, const std::vector<double>& y) {
  double worst = 0;
  REQUIRE(x.size() == y.size());
  for (std::size_t i = 0; i < x.size(); ++i) worst = std::max(worst, std::abs(x[i] - y[i]));
  return worst;
}

}  // namespace

TEST_CASE("mean and covariance, by their definition") {
  for (const long n : {2L, 3L, 600L})  // less and more than a block of rows
    for (const long d : {1L, 3L, 16L, 71L, 100L}) {
      auto x = normal_numbers(n * d, 3);
      for (long i = 0; i < n * d; ++i)
        x[static_cast<std::size_t>(i)] += 1e6 + static_cast<double>(i % d);  // costs no digits
      std::vector<double> mean(static_cast<std::size_t>(d)), covariance(static_cast<std::size_t>(d * d));
      const auto at = [&](long i, long j) { return x[static_cast<std::size_t>(i * d + j)]; };
      for (long j = 0; j < d; ++j) {
        double& m = mean[static_cast<std::size_t>(j)];
        for (long i = 0; i < n; ++i) m += (at(i, j) - 1e6) / static_cast<double>(n);
        m += 1e6;
      }
      for (long a = 0; a < d; ++a)
        for (long b = 0; b < d; ++b)
          for (long i = 0; i < n; ++i)
            covariance[static_cast<std::size_t>(a * d + b)] += (at(i, a) - mean[static_cast<std::size_t>(a)]) *
                                                               (at(i, b) - mean[static_cast<std::size_t>(b)]) /
                                                               static_cast<double>(n - 1);
      tensor::team two(2);
      const auto m = metrics::moments_of({x, d}), shared = metrics::moments_of({x, d}, two);
      CHECK(m.count == n);
      CHECK(m.dimension == d);
      CHECK(apart(m.mean, mean) < 1e-8);
      CHECK(apart(m.covariance, covariance) < 1e-8);
      CHECK(m.covariance == shared.covariance);
      CHECK(m.mean == shared.mean);
    }
}

TEST_CASE("floats are summed in double") {
  std::vector<float> x(200000, 0.1f);
  const auto m = metrics::moments_of(x);
  CHECK(m.mean[0] == doctest::Approx(static_cast<double>(0.1f)).epsilon(1e-12));
  CHECK(m.covariance[0] < 1e-20);
}

TEST_CASE("a covariance needs two points") {
  CHECK(message<bad_input>([] { metrics::moments_of(std::vector<double>{1}); }) ==
        "moments_of: sample: found 1 points, expected at least 2");
}
