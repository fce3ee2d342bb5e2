#include "genet/metrics/auroc.hpp"

#include <doctest/doctest.h>

#include "../data/sequence_fixture.hpp"

using namespace genet;
using ids = std::vector<std::int32_t>;
using numbers = std::vector<double>;

TEST_CASE("scikit-learn's area with ties, DeLong's error by its definition") {
  const auto a = metrics::auroc(fixture("auroc/scores"), fixture<std::int32_t>("auroc/labels"));
  CHECK(a.value == doctest::Approx(fixture("auroc/value")[0]).epsilon(1e-13));
  CHECK(a.standard_error == doctest::Approx(fixture("auroc/error")[0]).epsilon(1e-12));
}

TEST_CASE("by hand") {
  const ids labels{0, 0, 1, 1};
  CHECK(metrics::auroc(numbers{1, 2, 3, 4}, labels).value == 1);
  CHECK(metrics::auroc(numbers{4, 3, 2, 1}, labels).value == 0);
  CHECK(metrics::auroc(numbers{1, 1, 1, 1}, labels).value == .5);
  CHECK(metrics::auroc(numbers{1, 3, 2, 4}, labels).value == .75);
  CHECK(metrics::auroc(std::vector<float>{1, 3, 3, 4}, labels).value == .875);
  CHECK(std::isnan(metrics::auroc(numbers{1, 2}, ids{0, 1}).standard_error));
}

TEST_CASE("what has no such area") {
  CHECK(has(message([] { metrics::auroc(numbers{1, 2}, ids{1, 1}); }), "found 2 positives and 0 negatives"));
  CHECK(has(message([] { metrics::auroc(numbers{1, 2}, ids{1, 2}); }), "label 1: found 2, expected 0 or 1"));
  CHECK(has(message([] { metrics::auroc(numbers{1}, ids{1, 0}); }), "found 1 scores and 2 labels"));
  CHECK(has(message([] { metrics::auroc(numbers{1, NAN}, ids{1, 0}); }), "found NaN in row 1"));
}
