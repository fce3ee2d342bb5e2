#include <genet/inference/posterior.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>

using namespace genet;
using namespace genet::inference;

namespace {

struct mixed {
  using parameters =
      inference::parameters<unbounded<>, positive<>, simplex<3>, ordered<2>, interval<-1, 1>, unbounded<40>>;
  auto log_density(const auto& t) const {
    auto sum = -0.5 * square(t[0] / t[1]) - log(t[1]) + 2 * log(t[2]) + t[5] * sin(t[6]) - t[7] * t[3];
    for (std::size_t i = 8; i < 48; ++i) sum -= square(t[i] - t[i - 1]) / 2;
    return sum;
  }
};

/// The same normal distribution twice, once with its gradient.
struct scale {
  using parameters = inference::parameters<unbounded<>, positive<>>;
  auto log_density(const auto& t) const { return -0.5 * square(t[0] / t[1]) - 2 * log(t[1]) - t[1]; }
};
struct scale_by_hand {
  using parameters = inference::parameters<unbounded<>, positive<>>;
  double log_density(const std::array<double, 2>& t, std::array<double, 2>& g) const {
    const double z = t[0] / t[1];
    g = {-z / t[1], z * z / t[1] - 2 / t[1] - 1};
    return -0.5 * z * z - 2 * std::log(t[1]) - t[1];
  }
};

struct improper {
  using parameters = inference::parameters<unbounded<2>>;
  auto log_density(const auto& t) const { return log(t[0]) + sqrt(t[1]); }  // NaN below 0
};
struct pole {
  using parameters = inference::parameters<unbounded<>>;
  auto log_density(const auto& t) const { return -log(abs(t[0])); }
};

}  // namespace

TEST_CASE("the gradient is that of the density, in several passes where there are many parameters") {
  const mixed m;
  const posterior<mixed> p(m);
  posterior<mixed>::point x, g;
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::sin(static_cast<double>(i * i));
  const double value = p.log_density(x, g);
  CHECK(value == doctest::Approx(p.log_density(x)).epsilon(1e-14));
  for (std::size_t i = 0; i < x.size(); ++i) {
    auto up = x, down = x;
    up[i] += 1e-6, down[i] -= 1e-6;
    CHECK(g[i] == doctest::Approx((p.log_density(up) - p.log_density(down)) / 2e-6).epsilon(1e-6));
  }
  const auto back = p.release(p.constrain(x));
  for (std::size_t i = 0; i < x.size(); ++i) CHECK(back[i] == doctest::Approx(x[i]).epsilon(1e-10));
}

TEST_CASE("a gradient by hand") {
  const scale a;
  const scale_by_hand b;
  posterior<scale>::point x{0.7, -0.3}, g, h;
  CHECK(posterior<scale>(a).log_density(x, g) ==
        doctest::Approx(posterior<scale_by_hand>(b).log_density(x, h)).epsilon(1e-14));
  CHECK(posterior<scale_by_hand>(b).log_density(x) == posterior<scale_by_hand>(b).log_density(x, h));
  CHECK(g[0] == doctest::Approx(h[0]).epsilon(1e-13));
  CHECK(g[1] == doctest::Approx(h[1]).epsilon(1e-13));
}

TEST_CASE("where a density is none") {
  const improper m;
  const posterior<improper> p(m);
  posterior<improper>::point g;
  CHECK_THROWS_WITH_AS(p.log_density({-1.5, 2}), "the log-density of improper is NaN at theta = (-1.5, 2)",
                       bad_input);
  CHECK_THROWS_WITH_AS(p.log_density({1, 0}, g),
                       "the log-density of improper has a gradient that is not finite at theta = (1, 0)", bad_input);
  CHECK(p.log_density({0, 1}, g) == -INFINITY);
  CHECK(g[1] == 0);
  const pole q;
  CHECK_THROWS_WITH_AS(posterior<pole>(q).log_density({0}), "the log-density of pole is +infinity at theta = (0)",
                       bad_input);
  const scale s;
  CHECK(posterior<scale>(s).log_density({0, 1000}) == -INFINITY);  // exp(1000)
}
