#include <genet/inference/cross_validation.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>
#include <vector>

using namespace genet;
using inference::cross_validate;
using inference::k_folds;

namespace {

// A normal distribution of deviation 1 around the mean of the points.
struct unit_normal {
  std::vector<double> mean;

  static unit_normal fit(const metrics::points& x) {
    unit_normal m{std::vector<double>(static_cast<std::size_t>(x.dimension()))};
    for (long i = 0; i < x.count(); ++i)
      for (long j = 0; j < x.dimension(); ++j)
        m.mean[static_cast<std::size_t>(j)] += x[i * x.dimension() + j] / static_cast<double>(x.count());
    return m;
  }
  std::vector<double> log_densities(const metrics::points& x) const {
    std::vector<double> out;
    for (long i = 0; i < x.count(); ++i) {
      out.push_back(-0.5 * static_cast<double>(x.dimension()) * std::log(2 * std::numbers::pi));
      for (long j = 0; j < x.dimension(); ++j)
        out.back() -= std::pow(x[i * x.dimension() + j] - mean[static_cast<std::size_t>(j)], 2) / 2;
    }
    return out;
  }
};

}  // namespace

TEST_CASE("every point is held out once, in folds of nearly one size") {
  const auto folds = k_folds(23, {.folds = 5, .seed = 3});
  std::vector<int> times(23);
  for (const auto& f : folds) {
    CHECK((f.held_out.size() == 4 || f.held_out.size() == 5));
    CHECK(f.train.size() + f.held_out.size() == 23);
    CHECK(std::ranges::is_sorted(f.train));
    CHECK(std::ranges::is_sorted(f.held_out));
    for (const long i : f.held_out) ++times[static_cast<std::size_t>(i)];
    for (const long i : f.held_out) CHECK_FALSE(std::ranges::binary_search(f.train, i));
  }
  for (const int n : times) CHECK(n == 1);
  CHECK(k_folds(23, {.folds = 5, .seed = 3})[0].held_out == folds[0].held_out);
  CHECK(k_folds(23, {.folds = 5, .seed = 4})[0].held_out != folds[0].held_out);
}

TEST_CASE("stratified: of each class as well") {
  std::vector<std::int32_t> labels(53);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = i < 31 ? 0 : i < 46 ? 2 : 1;
  for (const auto& f : k_folds(53, {.folds = 4}, labels)) {
    long of[3] = {};
    for (const long i : f.held_out) ++of[labels[static_cast<std::size_t>(i)]];
    CHECK((of[0] == 7 || of[0] == 8));
    CHECK((of[1] == 1 || of[1] == 2));
    CHECK((of[2] == 3 || of[2] == 4));
    CHECK((f.held_out.size() == 13 || f.held_out.size() == 14));
  }
}

TEST_CASE("leaving one out of a normal distribution, in closed form") {
  const std::vector<double> x{1, 2, 4, 8, 1.5, 3, 5, 2.5};  // four points of the plane
  const auto folds = k_folds(4, {.folds = 4});
  const auto r = cross_validate({x, 2}, folds, unit_normal::fit);
  const auto all = unit_normal::fit({x, 2});
  for (std::size_t i = 0; i < 4; ++i) {
    double square = 0;  // a point lies n / (n - 1) as far from the mean of the others as from that of all
    for (std::size_t j = 0; j < 2; ++j) square += std::pow((x[2 * i + j] - all.mean[j]) * 4 / 3, 2);
    CHECK(r.log_densities[i] == doctest::Approx(-std::log(2 * std::numbers::pi) - square / 2).epsilon(1e-13));
  }
  CHECK(r.fold_means.size() == 4);
  CHECK(r.mean == doctest::Approx(r.log_likelihood() / 4).epsilon(1e-14));
  CHECK(r.mean < inference::held_out_log_likelihood(all, {x, 2}).mean);
}

TEST_CASE("folds that do not fit") {
  const std::vector<double> x(6);
  const auto folds = k_folds(6, {.folds = 2});
  CHECK_THROWS_WITH_AS(k_folds(3, {.folds = 4}), "k_folds: found 4 folds of 3 points, expected 2 to as many",
                       usage_error);
  CHECK_THROWS_AS(k_folds(3, {.folds = 1}), usage_error);
  CHECK_THROWS_AS(k_folds(3, {.folds = 2}, std::vector<std::int32_t>{0, 1}), bad_input);
  CHECK_THROWS_AS(k_folds(2, {.folds = 2}, std::vector<std::int32_t>{0, -1}), bad_input);
  CHECK_THROWS_WITH_AS(cross_validate({x, 2}, folds, unit_normal::fit),
                       doctest::Contains("in a fold, but there are 3"), bad_input);
  CHECK_THROWS_WITH_AS(cross_validate(x, std::span(folds).first(1), unit_normal::fit),
                       "cross_validate: the folds hold out 3 points, expected each of 6 once", bad_input);
}
