#include <genet/train/learning_rate_finder.hpp>

#include <doctest/doctest.h>

#include <limits>

using namespace genet;

TEST_CASE("learning_rate_finder: rates grow by one factor from first to last") {
  const auto r = learning_rate_finder{.first = 1e-4, .last = 1, .steps = 5}.run([](double) { return 1.0; });
  REQUIRE(r.curve.size() == 5);
  for (int k = 0; k < 5; ++k)
    CHECK(r.curve[static_cast<std::size_t>(k)].rate == doctest::Approx(std::pow(10.0, k - 4)));
  CHECK(r.curve[3].smoothed == doctest::Approx(1));
  CHECK_FALSE(r.suggestion().has_value());
}

TEST_CASE("learning_rate_finder: suggests where the loss falls fastest") {
  // falls by a logistic step whose middle is at 1e-2
  const learning_rate_finder finder{.first = 1e-6, .last = 1e2, .steps = 161, .smoothing = 0};
  const auto r = finder.run([](double rate) { return 2 + 1 / (1 + std::pow(rate / 1e-2, 2.0)); });
  REQUIRE(r.suggestion().has_value());
  CHECK(*r.suggestion() == doctest::Approx(1e-2).epsilon(0.01));
}

TEST_CASE("learning_rate_finder: gradient descent on a parabola stops when it diverges") {
  double w = 1;
  long steps = 0;
  const auto r = learning_rate_finder{.first = 1e-3, .last = 1e3, .smoothing = 0.5}.run([&](double rate) {
    ++steps;
    const double loss = 3 + w * w;
    w -= rate * 2 * w;
    return loss;
  });
  CHECK(steps < 100);
  CHECK(r.curve.size() == static_cast<std::size_t>(steps - 1));
  CHECK(*r.suggestion() > 1e-3);
  CHECK(*r.suggestion() < 1);  // descent diverges beyond
}

TEST_CASE("learning_rate_finder: negative losses, NaN and bad settings") {
  long steps = 0;
  learning_rate_finder{}.run([&](double) { return -396.0 + static_cast<double>(++steps); });
  CHECK(steps == 100);  // slightly worse is no divergence
  const auto r = learning_rate_finder{}.run(
      [&](double rate) { return rate > 1e-3 ? std::numeric_limits<double>::quiet_NaN() : 1.0; });
  CHECK(r.curve.back().rate <= 1e-3);
  CHECK_THROWS_AS(learning_rate_finder{.first = 0}.run([](double) { return 0.0; }), usage_error);
  CHECK_THROWS_AS(learning_rate_finder{.steps = 1}.run([](double) { return 0.0; }), usage_error);
}
