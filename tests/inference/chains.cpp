#include <genet/inference/chains.hpp>

#include "models.hpp"

namespace {

/// A density that uniform starts do not find.
struct far_away {
  using parameters = inference::parameters<unbounded<>, simplex<3>>;
  static constexpr std::string_view names = "mu share[3]";
  double low = 1000;
  auto log_density(const auto& t) const { return select(t[0] > low, -0.5 * square(t[0] - 1001), -INFINITY); }
  std::array<double, 4> sample_prior(chance& c) const { return {1000 + c.normal(), 0.2, 0.3, 0.5}; }
};

/// Two chains of two draws.
draws counted() {
  return detail::run_chains<far_away>({.chains = 2, .iterations = 2}, tensor::alone(), false, [](int c, draws& to) {
    for (long i = 0; i < 2; ++i) detail::keep(to, c, i, std::array{10. * c + static_cast<double>(i), 0., 0., 1.}, 0);
  });
}

}  // namespace

TEST_CASE("parameters have names") {
  CHECK(counted().names == std::vector<std::string>{"mu", "share[1]", "share[2]", "share[3]"});
  CHECK(parameter_names<correlated>() == std::vector<std::string>{"theta[1]", "theta[2]"});
  CHECK(parameter_names<nowhere>() == std::vector<std::string>{"theta[1]"});
  for (const char* wrong : {"mu[", "mu[]", "mu[0]", "mu[x]", "mu[2]]", "[2]", "mu[99999999999]", "mu[-1]", "mu[2"})
    CHECK(detail::count_names(wrong) < 0);
  CHECK(detail::count_names(" mu  tau eta[12] ") == 14);
}

TEST_CASE("quantities are added to draws") {
  draws d = counted();
  d.add("twice", [](std::span<const double> t) { return 2 * t[0]; }).add("sum", [](std::span<const double> t) {
    return t[0] + t[4];
  });
  CHECK(d.dimension == 6);
  CHECK(d.names.back() == "sum");
  CHECK(d.of(4).chain(1)[1] == 22);
  CHECK(d.of(5).chain(1)[1] == 33);
  CHECK_THROWS_AS(d.of(6), usage_error);
}

TEST_CASE("chains start from the prior") {
  far_away m;
  const posterior<far_away> p(m);
  const auto start = [&](int chain) { return detail::starting_point(p, {.seed = 5}, chain, {}); };
  for (int chain = 0; chain < 5; ++chain) CHECK(start(chain)[0] > 1000);
  CHECK(start(0) != start(1));
  m.low = 1e6;
  CHECK_THROWS_WITH_AS(start(0), doctest::Contains("100 draws from the prior of far_away have probability 0"),
                       bad_input);
}
