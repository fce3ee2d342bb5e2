#include <genet/metrics/image_quality.hpp>

#include "fixture.hpp"

using namespace genet;
using metrics::feature_quality;
using metrics::image_quality;

namespace {

// Images of 12 pixels: of the normal distribution with deviations 3, 2, 1, 0.1, ...
std::vector<double> images(long n, std::uint64_t seed, double factor = 1) {
  auto x = normal_numbers(n * 12, seed);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] *= factor * (i % 12 < 3 ? 3. - static_cast<double>(i % 12) : 0.1);
  return x;
}

void same(const metrics::quality& a, const metrics::quality& b) {
  CHECK(a.frechet == doctest::Approx(b.frechet).epsilon(1e-9));
  CHECK(a.kid == doctest::Approx(b.kid).epsilon(1e-9));
  CHECK(a.precision == b.precision);
  CHECK(a.recall == b.recall);
  CHECK(a.density == b.density);
  CHECK(a.coverage == b.coverage);
}

}  // namespace

TEST_CASE("features are measured by each metric, pairs on the first points") {
  const auto x = fixture("points/sample"), y = fixture("points/reference");
  const feature_quality against({y, 5}, {.neighbours = 5});
  const auto q = against.measure({x, 5});
  const auto wanted = fixture("prdc/k5");
  same(q, {expected("frechet/distance"), expected("kid/value"), wanted[0], wanted[1], wanted[2], wanted[3]});
  const auto few = feature_quality({y, 5}, {.pairs = 20}).measure({x, 5});
  const metrics::points some_x = metrics::points(x, 5).first(20), some_y = metrics::points(y, 5).first(20);
  const auto s = metrics::prdc(some_x, some_y);
  same(few, {q.frechet, metrics::kid(some_x, some_y), s.precision, s.recall, s.density, s.coverage});
}

TEST_CASE("images are measured on their principal components, the same for any team") {
  const auto training = images(3000, 1), test = images(1000, 2), good = images(1000, 3), wide = images(1000, 4, 2);
  tensor::team two(2);
  const image_quality judge({training, 12}, {test, 12}, 3), shared({training, 12}, {test, 12}, 3, {}, two);
  CHECK(judge.features().components() == 3);
  const auto q = judge.measure({good, 12});
  same(q, shared.measure({good, 12}, two));
  CHECK(q.frechet < 0.05);
  CHECK(q.coverage > 0.8);
  CHECK(q.precision > 0.9);
  // twice as wide: deviations 3, 2 and 1 more
  const auto far = judge.measure({wide, 12});
  CHECK(far.frechet == doctest::Approx(14).epsilon(0.1));
  CHECK(far.precision < 0.8);
  CHECK(far.kid > 20 * std::abs(q.kid));
  CHECK(image_quality({training, 12}, {test, 12}).features().components() == 12);  // no more than there are
  // floats are as good
  const std::vector<float> single(good.begin(), good.end());
  CHECK(judge.measure({single, 12}).frechet == doctest::Approx(q.frechet).epsilon(1e-5));
}

TEST_CASE("samples that cannot be measured") {
  const auto training = images(50, 1), test = images(20, 2);
  const image_quality judge({training, 12}, {test, 12}, 3);
  CHECK(message<bad_input>([&] {
          judge.measure({training, 6});
        }) == "pca: project: found points of 6 dimensions, expected 12");
  CHECK(message<bad_input>([&] {
          judge.measure({images(3, 1), 12});
        }) == "prdc: sample: found 3 points, expected at least 4");
  auto bad = test;
  bad[13] = nan_;
  CHECK(message<bad_input>([&] {
          judge.measure({bad, 12});
        }) == "pca: project: found NaN in row 1, expected finite numbers");
  CHECK_THROWS_AS(image_quality({training, 12}, {test, 10}, 3), bad_input);
}
