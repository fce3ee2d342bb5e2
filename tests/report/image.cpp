#include <genet/report/image.hpp>

#include <array>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

using namespace genet;

namespace {
constexpr shape tiny{3, {1, 2, 2}};
struct drawn {
  std::vector<float> values;
  shape s;
};
}  // namespace

TEST_CASE("grid lays examples out row by row inside borders") {
  std::vector<float> three{0, 0, 0, 0, 1, 1, 1, 1, .5f, 0, 0, .25f};
  const image g = grid<2, 2>(std::span<const float>(three), tiny, {.border = 1, .paper = 200});
  CHECK(g.width == 7);
  CHECK(g.height == 7);
  CHECK(g.channels == 1);
  CHECK(*g.at(0, 0) == 200);
  CHECK(*g.at(1, 1) == 0);
  CHECK(*g.at(3, 1) == 200);
  CHECK(*g.at(4, 1) == 255);
  CHECK(*g.at(1, 4) == 128);
  CHECK(*g.at(2, 5) == 64);
  CHECK(*g.at(4, 4) == 200);  // no fourth example
  CHECK(grid<2, 2>(drawn{three, tiny}, {.border = 1, .paper = 200}) == g);
}

TEST_CASE("values out of range are clipped and not-a-number is black") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  std::vector<float> odd{-3, 7, nan, inf};
  const image g = grid<1, 1>(std::span<const float>(odd), tiny, {.border = 0});
  CHECK(g.pixels == std::vector<std::uint8_t>{0, 255, 0, 255});
}

TEST_CASE("planes become interleaved colours, and scale enlarges") {
  std::vector<double> rgb{1, 0, 0, .2};  // red plane, green plane, ... of 3 x 1 x 1 needs three values
  rgb.resize(3);
  const image g = grid<1, 1>(std::span<const double>(rgb), shape{3, {3, 1, 1}}, {.border = 0, .scale = 3});
  CHECK(g.width == 3);
  CHECK(g.height == 3);
  for (int y = 0; y < 3; ++y)
    for (int x = 0; x < 3; ++x)
      CHECK(std::array{g.at(x, y)[0], g.at(x, y)[1], g.at(x, y)[2]} == std::array<std::uint8_t, 3>{255, 0, 0});
}

TEST_CASE("pairs put an original over its reconstruction") {
  std::vector<float> a(3 * 4, 1.f), b(3 * 4, 0.f);
  const image p = pairs(2, std::span<const float>(a), std::span<const float>(b), tiny, {.border = 1, .paper = 9});
  CHECK(p.width == 7);
  CHECK(p.height == 2 * (4 + 3) - 1);
  CHECK(*p.at(1, 2) == 255);
  CHECK(*p.at(1, 3) == 0);
  CHECK(*p.at(1, 5) == 9);
  CHECK(*p.at(1, 8) == 255);
  CHECK(*p.at(4, 8) == 9);
}

TEST_CASE("shapes that are no pictures and sizes that do not fit are refused") {
  std::vector<float> five(5);
  CHECK_THROWS_AS(grid(1, 1, std::span<const float>(five), tiny), usage_error);
  CHECK_THROWS_AS(grid(0, 1, std::span<const float>(five), tiny), usage_error);
  CHECK_THROWS_WITH(grid(1, 1, std::span<const float>(five), shape{1, {5}}),
                    "a picture has the shape (1,H,W), (3,H,W) or (H,W); found (5)");
  CHECK_THROWS_AS(pairs(1, std::span<const float>(five), std::span<const float>(five), tiny), usage_error);
  CHECK_THROWS_AS(enlarge(image(1, 1, 1), 0), usage_error);
  CHECK_THROWS_AS(image(0, 1, 1), usage_error);
}
