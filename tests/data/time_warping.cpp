#include "genet/data/time_warping.hpp"

#include <doctest/doctest.h>

#include "sequence_fixture.hpp"

using namespace genet;
using numbers = std::vector<double>;

namespace {

/// Steps forward by one in one or both, from corner to corner, and the distance is the sum along it.
void check_path(const numbers& a, const numbers& b, const data::warping& w, long band) {
  const auto n = static_cast<long>(a.size()), m = static_cast<long>(b.size());
  CHECK(w.path.front() == std::pair{0L, 0L});
  CHECK(w.path.back() == std::pair{n - 1, m - 1});
  double sum = 0;
  long wrong = 0;
  for (std::size_t k = 0; k < w.path.size(); ++k) {
    const auto [i, j] = w.path[k];
    sum += std::abs(a[static_cast<std::size_t>(i)] - b[static_cast<std::size_t>(j)]);
    wrong += std::abs(i - j) > band;
    if (k == 0) continue;
    const long di = i - w.path[k - 1].first, dj = j - w.path[k - 1].second;
    wrong += di < 0 || dj < 0 || di > 1 || dj > 1 || di + dj == 0;
  }
  CHECK(wrong == 0);
  CHECK(sum == doctest::Approx(w.distance).epsilon(1e-12));
}

}  // namespace

TEST_CASE("the least distance by its definition, with and without a band") {
  const auto a = fixture("warping/a"), b = fixture("warping/b");
  const auto w = data::warp(a, b), narrow = data::warp(a, b, 9);
  CHECK(w.distance == doctest::Approx(fixture("warping/distance")[0]).epsilon(1e-13));
  CHECK(narrow.distance == doctest::Approx(fixture("warping/band_9")[0]).epsilon(1e-13));
  check_path(a, b, w, 100);
  check_path(a, b, narrow, 9);
  check_path(b, a, data::warp(b, a, 7), 7);
  CHECK(data::warp(b, a).distance == doctest::Approx(w.distance).epsilon(1e-13));
}

TEST_CASE("by hand") {
  const numbers a{0, 0, 1, 2, 1, 0}, b{0, 1, 2, 1, 0};
  const auto w = data::warp(a, b);
  CHECK(w.distance == 0);
  CHECK(w.path.size() == 6);
  CHECK(data::warp(a, a).path.size() == 6);
  CHECK(data::warp(a, numbers{1}).distance == 4);
  CHECK(data::warp(numbers{1}, a).distance == 4);
  CHECK(data::warp(a, a, 0).distance == 0);
  CHECK(data::warped_to(a, b) == numbers{0, 0, 1, 2, 1, 0});
  CHECK(data::warped_to(b, a) == b);
}

TEST_CASE("every band gives a path within it, and a wider one no larger distance") {
  const auto x = fixture("series/x");
  const numbers a(x.begin(), x.begin() + 30), b(x.begin() + 40, x.begin() + 64);
  double before = INFINITY;
  for (long band = 6; band <= 30; ++band) {
    const auto w = data::warp(a, b, band);
    check_path(a, b, w, band);
    CHECK(w.distance <= before);
    before = w.distance;
  }
  CHECK(before == data::warp(a, b).distance);
}

TEST_CASE("what cannot be warped") {
  const numbers a(5), b(9);
  CHECK(message([&] { data::warp(a, b, 3); }) ==
        "usage_error warp: found a band of 3 for series of 5 and 9 numbers, expected at least the difference");
  CHECK_THROWS_AS(data::warp(a, {}), usage_error);
  CHECK_THROWS_AS(data::warp(a, numbers{NAN}), bad_input);
}
