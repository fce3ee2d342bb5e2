#include <genet/metrics/prdc.hpp>

#include "fixture.hpp"

using namespace genet;
using metrics::prdc;

namespace {

std::vector<double> all(const metrics::prdc_scores& s) { return {s.precision, s.recall, s.density, s.coverage}; }

void same(const metrics::prdc_scores& s, const std::vector<double>& wanted) {
  const auto found = all(s);
  for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(found[i] == doctest::Approx(wanted[i]).epsilon(1e-12));
}

}  // namespace

TEST_CASE("the distances of scikit-learn, with points that occur often") {
  const auto x = fixture("points/sample"), y = fixture("points/reference");
  tensor::team two(2);
  same(prdc({x, 5}, {y, 5}), fixture("prdc/k3"));
  same(prdc({x, 5}, {y, 5}, 5, two), fixture("prdc/k5"));
}

TEST_CASE("by hand") {
  // Balls of the reference up to the second neighbour: 0: 2, 1: 1, 2: 2, 10: 9. Of the sample 1: 8, 9: 8, 1.5: 7.5.
  const std::vector<double> reference{0, 1, 2, 10}, sample{1, 9, 1.5};
  const auto s = prdc(sample, reference, 2);
  CHECK(s.precision == 1);
  CHECK(s.recall == 1);
  CHECK(s.density == doctest::Approx((4 + 1 + 4) / (3 * 2.)));
  CHECK(s.coverage == 1);
  const std::vector<double> far{100, 101, 102};
  CHECK(all(prdc(far, reference, 2)) == std::vector<double>{0, 0, 0, 0});
}

TEST_CASE("a copy of the reference is perfect, also where points are equal") {
  auto x = normal_numbers(300 * 64, 9);
  for (std::size_t i = 0; i < 64 * 10; ++i) x[i] = x[i % 64];
  const auto s = prdc({x, 64}, {x, 64});
  CHECK(s.precision == 1);
  CHECK(s.recall == 1);
  CHECK(s.density >= 1);
  CHECK(s.coverage == 1);
}

TEST_CASE("samples of one distribution: the coverage is 1 - 2^-k") {
  for (const long k : {1L, 3L}) {
    const auto s = prdc({normal_numbers(2000 * 8, 1), 8}, {normal_numbers(2000 * 8, 2), 8}, k);
    CHECK(s.coverage == doctest::Approx(1 - std::exp2(-static_cast<double>(k))).epsilon(0.03));
    CHECK(s.density == doctest::Approx(1).epsilon(0.05));
  }
}

TEST_CASE("half of the modes: precise, but half of it is missing") {
  auto x = normal_numbers(1000, 1), y = normal_numbers(500, 2);
  for (std::size_t i = 0; i < 500; ++i) x[i] += 100;
  const auto s = prdc(y, x);
  CHECK(s.precision > 0.9);
  CHECK(s.coverage < 0.5);
  CHECK(s.recall < 0.55);
}

TEST_CASE("too few points for the neighbours") {
  const std::vector<double> x(3), y(4), z{1, 2, nan_, 4};
  CHECK(message<bad_input>([&] { prdc(x, y); }) == "prdc: sample: found 3 points, expected at least 4");
  CHECK(message<bad_input>([&] { prdc(y, x); }) == "prdc: reference: found 3 points, expected at least 4");
  CHECK(message<usage_error>([&] { prdc(y, y, 0); }) == "prdc: found k = 0 neighbours, expected at least 1");
  CHECK_THROWS_AS(prdc(y, z), bad_input);
  CHECK_THROWS_AS(prdc({y, 2}, z), bad_input);
}
