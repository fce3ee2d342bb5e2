#include <genet/metrics/calibration.hpp>

#include <cmath>

#include "fixture.hpp"

using namespace genet;
using metrics::calibration;

TEST_CASE("of several classes") {
  const auto s = calibration({fixture("classes/probabilities"), 4}, fixture<std::int32_t>("classes/labels"), 10);
  CHECK(s.expected_error == doctest::Approx(expected("calibration/expected")).epsilon(1e-12));
  CHECK(s.maximum_error == doctest::Approx(expected("calibration/maximum")).epsilon(1e-12));
  CHECK(s.brier == doctest::Approx(expected("calibration/brier")).epsilon(1e-12));
  long count = 0;
  for (const auto& b : s.curve) count += b.count;
  CHECK(count == 200);
  CHECK(std::isnan(s.curve[0].confidence));  // of four classes the highest is at least 1/4
}

TEST_CASE("of one class against the others: scikit-learn") {
  const auto all = fixture("classes/probabilities");
  std::vector<double> first;
  for (std::size_t i = 0; i < all.size(); i += 4) first.push_back(all[i]);
  auto labels = fixture<std::int32_t>("classes/labels");
  for (auto& l : labels) l = l == 0;
  const auto s = calibration(first, labels, 8);
  CHECK(s.expected_error == doctest::Approx(expected("binary/expected")).epsilon(1e-12));
  CHECK(s.brier == doctest::Approx(expected("binary/brier")).epsilon(1e-12));
  const auto truth = fixture("binary/truth"), means = fixture("binary/means");
  REQUIRE(truth.size() == s.curve.size());
  for (std::size_t k = 0; k < truth.size(); ++k) {
    CHECK(s.curve[k].accuracy == doctest::Approx(truth[k]).epsilon(1e-12));
    CHECK(s.curve[k].confidence == doctest::Approx(means[k]).epsilon(1e-12));
  }
}

TEST_CASE("by hand: certain and right, certain and wrong, honest") {
  const std::vector<std::int32_t> labels{1, 0, 1};
  const std::vector<double> right{1, 0, 1}, wrong{0, 1, 0};
  CHECK(calibration(right, labels).expected_error == 0);
  CHECK(calibration(right, labels).brier == 0);
  CHECK(calibration(wrong, labels).expected_error == doctest::Approx(1));
  CHECK(calibration(wrong, labels).maximum_error == 1);
  const auto honest = calibration(std::vector<double>{0.5, 0.5}, std::vector<std::int32_t>{1, 0}, 1);
  CHECK(honest.expected_error == 0);
  CHECK(honest.brier == 0.25);
}

TEST_CASE("what is no prediction") {
  const std::vector<double> p{0.5, 0.5}, off{0.5, 0.9}, negative{1.2, -0.2};
  const std::vector<std::int32_t> label{0}, two{0, 1}, third{2};
  CHECK(message<bad_input>([&] { calibration(p, label); }) ==
        "calibration: found 2 predictions and 1 labels, expected as many of both");
  CHECK(message<bad_input>([&] {
          calibration({p, 2}, third);
        }) == "calibration: label 0: found 2, expected 0 to 1");
  CHECK(message<bad_input>([&] {
          calibration({off, 2}, label);
        }) == "calibration: row 0: expected probabilities, whose sum is 1");
  CHECK_THROWS_AS(calibration({negative, 2}, label), bad_input);
  CHECK_THROWS_AS(calibration(std::vector<double>{nan_, 1}, two), bad_input);
  CHECK_THROWS_AS(calibration(p, two, 0), usage_error);
}
