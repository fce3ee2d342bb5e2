#include <genet/metrics/optimal_transport.hpp>

#include <cmath>

#include "fixture.hpp"

using namespace genet;
using metrics::assignment;
using metrics::sinkhorn;
using metrics::sinkhorn_divergence;

TEST_CASE("assignment: SciPy's, of more columns than rows") {
  const auto a = assignment(fixture("transport/costs"), 12, 17);
  const auto columns = fixture<std::int32_t>("transport/columns");
  for (std::size_t i = 0; i < columns.size(); ++i) CHECK(a.columns[i] == columns[i]);
  CHECK(a.cost == doctest::Approx(expected("transport/cost")).epsilon(1e-14));
}

TEST_CASE("assignment: by hand, and of equal costs") {
  CHECK(assignment(std::vector<double>{4, 1, 3, 2, 0, 5, 3, 2, 2}, 3, 3).cost == 5);
  CHECK(assignment(std::vector<double>(16, 2.), 4, 4).cost == 8);
  CHECK(assignment({}, 0, 0).cost == 0);
}

TEST_CASE("the distance of samples of as many points") {
  const auto x = fixture("points/sample"), y = fixture("points/reference");
  tensor::team two(2);
  const double d = metrics::paired_wasserstein(metrics::points(x, 5).first(45), {y, 5}, 2, two);
  CHECK(d == doctest::Approx(expected("transport/paired")).epsilon(1e-12));
  CHECK(metrics::paired_wasserstein({y, 5}, metrics::points(x, 5).first(45)) == doctest::Approx(d).epsilon(1e-13));
  // on the line the i-th smallest belong together
  CHECK(metrics::paired_wasserstein(std::vector<double>{5, 0, 2}, std::vector<double>{1, 7, 2}, 1) ==
        doctest::Approx(1));
  CHECK(metrics::paired_wasserstein({x, 5}, {x, 5}) == 0);
}

TEST_CASE("Sinkhorn's plan is SciPy's, also with masses of zero, for any team") {
  const auto x = fixture("points/sample"), y = fixture("points/reference");
  std::vector<double> costs;
  for (std::size_t i = 0; i < 60; ++i)
    for (std::size_t j = 0; j < 45; ++j) {
      double square = 0;
      for (std::size_t k = 0; k < 5; ++k) square += std::pow(x[i * 5 + k] - y[j * 5 + k], 2);
      costs.push_back(square);
    }
  const auto a = fixture("transport/a"), b = fixture("transport/b");
  const auto r = sinkhorn(costs, a, b, {.regularisation = 2, .tolerance = 1e-12});
  CHECK(r.converged);
  CHECK(r.value == doctest::Approx(expected("transport/value")).epsilon(1e-10));
  CHECK(r.cost == doctest::Approx(expected("transport/plan_cost")).epsilon(1e-10));
  tensor::team three(3);
  CHECK(sinkhorn(costs, a, b, {.regularisation = 2, .tolerance = 1e-12}, three).value == r.value);
  CHECK_FALSE(sinkhorn(costs, a, b, {.regularisation = 2, .iterations = 2}).converged);
}

TEST_CASE("with little regularisation the plan is the exact one") {
  const auto costs = fixture("transport/costs");
  std::vector<double> square;
  for (std::size_t i = 0; i < 12; ++i) square.insert(square.end(), &costs[i * 17], &costs[i * 17] + 12);
  const std::vector<double> equal(12, 1 / 12.);
  const auto r = sinkhorn(square, equal, equal, {.regularisation = 0.002, .iterations = 20'000});  // exp(-1500)
  CHECK(12 * r.cost == doctest::Approx(assignment(square, 12, 12).cost).epsilon(1e-3));
}

TEST_CASE("the divergence: SciPy's, of a shift, of samples of one kind") {
  const auto x = fixture("points/sample"), y = fixture("points/reference");
  const metrics::sinkhorn_options o{.regularisation = 0.5, .order = 1, .iterations = 100'000, .tolerance = 1e-11};
  CHECK(sinkhorn_divergence({x, 5}, {y, 5}, o) == doctest::Approx(expected("transport/divergence")).epsilon(1e-8));
  auto moved = x;
  for (double& v : moved) v += 1;  // squared costs: the square of the shift, whatever the regularisation
  CHECK(sinkhorn_divergence({x, 5}, {moved, 5}, {.regularisation = 5}) == doctest::Approx(5).epsilon(1e-6));
  CHECK(std::abs(sinkhorn_divergence({x, 5}, {x, 5}, {.regularisation = 5})) < 1e-7);
}

TEST_CASE("what cannot be moved") {
  const std::vector<double> x{1, 2}, none, bad{nan_, 1}, half{0.5, 0.5}, negative{1.5, -0.5};
  const std::vector<double> costs{1, 2, 3, 4};
  CHECK(message<bad_input>([&] { assignment(costs, 2, 1); }) ==
        "assignment: found 4 costs of 2 rows and 1 columns, expected a cost for each pair and no fewer columns than "
        "rows");
  CHECK(message<bad_input>([&] { assignment(bad, 1, 2); }) ==
        "assignment: found cost nan in row 0, expected finite costs");
  CHECK(message<bad_input>([&] { metrics::paired_wasserstein(x, std::vector<double>{1}); }) ==
        "paired_wasserstein: found 2 and 1 points, expected as many of both (else: sinkhorn_divergence)");
  CHECK_THROWS_AS(metrics::paired_wasserstein(x, x, 0.5), usage_error);
  CHECK(message<bad_input>([&] { sinkhorn(costs, half, negative); }) ==
        "sinkhorn: b[1]: found mass -0.500000, expected none below zero");
  CHECK(message<bad_input>([&] { sinkhorn(costs, x, half); }) ==
        "sinkhorn: a: found masses whose sum is 3.000000, expected 1");
  CHECK_THROWS_AS(sinkhorn(costs, half, none), bad_input);
  CHECK_THROWS_AS(sinkhorn(std::vector<double>{1, 2, INFINITY, 0}, half, half), bad_input);
  CHECK_THROWS_AS(sinkhorn(costs, half, half, {.regularisation = 0}), usage_error);
  CHECK_THROWS_AS(sinkhorn_divergence(x, bad), bad_input);
  CHECK(message<training_error>([&] { sinkhorn_divergence(x, half, {.iterations = 1}); }) ==
        "sinkhorn_divergence: 1 iterations do not suffice; take more, or a larger regularisation");
}
