#include <doctest/doctest.h>
#include <genet/models/k_means.hpp>

#include <numeric>

using namespace genet;

TEST_CASE("blobs far apart are found, whatever the start") {
  std::vector<double> x(3 * 40 * 2);
  rng::normal<double>(x, {3, 0, 0});
  for (std::size_t i = 0; i < 120; ++i) x[2 * i] += 20. * static_cast<double>(i % 3);
  for (std::uint64_t s = 0; s < 5; ++s) {
    const clusters c = k_means({x, 2}, 3, {.seed = s});
    double inertia = 0;
    for (std::size_t i = 0; i < 120; ++i) {
      CHECK(c.labels[i] == c.labels[i % 3]);
      for (std::size_t j = 0; j < 2; ++j)
        inertia += std::pow(x[2 * i + j] - c.centres[2 * static_cast<std::size_t>(c.labels[i]) + j], 2);
    }
    CHECK(c.inertia == doctest::Approx(inertia));
    tensor::team three(3);
    CHECK(c.centres == k_means({x, 2}, 3, {.seed = s}, {}, three).centres);
  }
}
TEST_CASE("a weight counts as so many points") {
  const std::vector<double> x{0, 1, 10, 12}, twice{0, 0, 0, 1, 10, 12}, w{3, 1, 1, 1};
  const clusters a = k_means({x, 1}, 2, {.tolerance = 0}, w), b = k_means({twice, 1}, 2, {.tolerance = 0});
  CHECK(a.inertia == doctest::Approx(.75 + 2));
  CHECK(a.inertia == doctest::Approx(b.inertia));
}
TEST_CASE("as many clusters as points, equal points") {
  const std::vector<double> x{1, 2, 5}, same{4, 4, 4, 4};
  CHECK(k_means({x, 1}, 3).inertia == 0);
  CHECK(k_means({same, 2}, 2).inertia == 0);
}
TEST_CASE("what cannot be grouped") {
  const std::vector<double> x{1, 2, std::nan("")};
  CHECK_THROWS_WITH_AS(k_means({x, 1}, 4), "k_means: points: found 3 points, expected at least 4", bad_input);
  CHECK_THROWS_WITH_AS(k_means({x, 1}, 2), "k_means: points: found NaN in row 2, expected finite numbers", bad_input);
  CHECK_THROWS_AS(k_means({x, 1}, 0), usage_error);
  const std::vector<double> fine{1, 2, 3}, w{1, -1, 1};
  CHECK_THROWS_WITH_AS(k_means({fine, 1}, 2, {}, w),
                       "k_means: found weight -1.000000 of point 1, expected finite weights not below 0", bad_input);
}
