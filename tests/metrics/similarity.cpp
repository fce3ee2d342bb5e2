#include <genet/metrics/similarity.hpp>

#include <cmath>

#include "fixture.hpp"

using namespace genet;

TEST_CASE("the numbers of scikit-learn and SciPy") {
  const auto x = fixture("similarity/found"), y = fixture("similarity/truth");
  const long d = 2 * 12 * 13;
  CHECK(metrics::mean_squared_error({x, d}, {y, d}).mean == doctest::Approx(expected("similarity/mse")).epsilon(1e-12));
  CHECK(metrics::mean_absolute_error({x, d}, {y, d}).mean ==
        doctest::Approx(expected("similarity/mae")).epsilon(1e-12));
  const auto p = metrics::psnr({x, d}, {y, d});
  CHECK(p.mean == doctest::Approx(expected("similarity/psnr")).epsilon(1e-12));
  CHECK(p.standard_error == doctest::Approx(expected("similarity/psnr_error")).epsilon(1e-10));
  CHECK(metrics::ssim({x, d}, {y, d}, 12, 13).mean == doctest::Approx(expected("similarity/ssim")).epsilon(1e-10));
  CHECK(metrics::ssim({y, d}, {x, d}, 12, 13).mean ==
        doctest::Approx(metrics::ssim({x, d}, {y, d}, 12, 13).mean).epsilon(1e-13));
}

TEST_CASE("equal images, and a scale that all share") {
  auto x = fixture("similarity/found"), y = fixture("similarity/truth");
  const long d = 12 * 13;
  CHECK(metrics::psnr({x, d}, {x, d}).mean == INFINITY);
  CHECK(metrics::ssim({x, d}, {x, d}, 12, 13).mean == doctest::Approx(1).epsilon(1e-12));
  const double psnr = metrics::psnr({x, d}, {y, d}).mean, ssim = metrics::ssim({x, d}, {y, d}, 12, 13).mean;
  for (auto* all : {&x, &y})
    for (double& v : *all) v *= 255;
  CHECK(metrics::psnr({x, d}, {y, d}, 255).mean == doctest::Approx(psnr).epsilon(1e-12));
  CHECK(metrics::ssim({x, d}, {y, d}, 12, 13, 255).mean == doctest::Approx(ssim).epsilon(1e-10));
}

TEST_CASE("what cannot be compared") {
  const std::vector<double> x(4 * 121), y(3 * 121), bad(121, nan_);
  CHECK(message<bad_input>([&] {
          metrics::psnr({x, 121}, {y, 121});
        }) == "psnr: found 4 and 3 rows, expected as many of both");
  CHECK_THROWS_AS(metrics::mean_squared_error({x, 121}, {x, 242}), bad_input);
  CHECK_THROWS_AS(metrics::mean_absolute_error({bad, 121}, {bad, 121}), bad_input);
  CHECK_THROWS_AS(metrics::psnr({x, 121}, {x, 121}, 0), usage_error);
  CHECK(message<usage_error>([&] {
          metrics::ssim({x, 121}, {x, 121}, 10, 11);
        }) == "ssim: found images of 10 x 11, expected at least 11 x 11");
  CHECK(message<bad_input>([&] {
          metrics::ssim({x, 484}, {x, 484}, 11, 12);
        }) == "ssim: found rows of 484 numbers, expected a multiple of 11 x 12");
}
