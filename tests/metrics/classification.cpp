#include <genet/metrics/classification.hpp>

#include "fixture.hpp"

using namespace genet;

TEST_CASE("counts, entropy, accuracy and confusion of scikit-learn and SciPy") {
  const auto labels = fixture<std::int32_t>("classes/labels"), predicted = fixture<std::int32_t>("classes/predicted");
  const auto counts = metrics::class_counts(predicted, 4),
             confusion = metrics::confusion_matrix(predicted, labels, 4);
  const auto same = [](const std::vector<long>& found, const std::vector<std::int32_t>& wanted) {
    CHECK(std::vector<std::int32_t>(found.begin(), found.end()) == wanted);
  };
  same(counts, fixture<std::int32_t>("classes/counts"));
  same(confusion, fixture<std::int32_t>("classes/confusion"));
  CHECK(metrics::entropy(counts) == doctest::Approx(expected("classes/entropy")).epsilon(1e-12));
  CHECK(metrics::kl_to_uniform(counts) == doctest::Approx(expected("classes/kl")).epsilon(1e-12));
  CHECK(metrics::accuracy(predicted, labels) == doctest::Approx(expected("classes/accuracy")));
  CHECK(metrics::inception_score({fixture("classes/probabilities"), 4}) ==
        doctest::Approx(expected("classes/score")).epsilon(1e-12));
}

TEST_CASE("the ends of the scales") {
  CHECK(metrics::entropy(std::vector<long>{0, 7, 0}) == 0);
  CHECK(metrics::kl_to_uniform(std::vector<long>{0, 7, 0}) == doctest::Approx(std::log(3)));
  CHECK(metrics::kl_to_uniform(std::vector<long>{7, 7, 7}) == doctest::Approx(0));
  CHECK(metrics::entropy(std::vector<long>{0, 0}) == 0);
  CHECK(metrics::inception_score({std::vector<float>{1, 0, 1, 0}, 2}) == doctest::Approx(1));
  CHECK(metrics::inception_score({std::vector<float>{1, 0, 0, 1}, 2}) == doctest::Approx(2));
  CHECK(metrics::most_probable({std::vector<float>{0, 3, 3, -1, -2, -3}, 3}) == std::vector<std::int32_t>{1, 0});
}

TEST_CASE("labels and probabilities that are none") {
  const std::vector<std::int32_t> a{0, 1, 2}, b{0, 1}, none;
  CHECK(message<bad_input>([&] { metrics::class_counts(a, 2); }) ==
        "class_counts: label 2: found 2, expected 0 to 1");
  CHECK_THROWS_AS(metrics::class_counts(std::vector<std::int32_t>{-1}, 2), bad_input);
  CHECK_THROWS_AS(metrics::class_counts(b, 0), usage_error);
  CHECK(message<bad_input>([&] { metrics::accuracy(a, b); }) ==
        "accuracy: found 3 predictions and 2 labels, expected as many of both, and some");
  CHECK_THROWS_AS(metrics::accuracy(none, none), bad_input);
  CHECK_THROWS_AS(metrics::confusion_matrix(a, a, 2), bad_input);
  CHECK(message<bad_input>([&] {
          metrics::inception_score({std::vector<double>{1, 0, 0.5, 0.2}, 2});
        }) == "inception_score: row 1: expected probabilities, whose sum is 1");
  CHECK_THROWS_AS(metrics::inception_score({std::vector<double>{2, -1}, 2}), bad_input);
  CHECK_THROWS_AS(metrics::inception_score({std::vector<double>{}, 2}), bad_input);
  CHECK_THROWS_AS(metrics::most_probable(std::vector<double>{nan_}), bad_input);
}
