#include "genet/metrics/text_diversity.hpp"

#include <doctest/doctest.h>

#include "../data/files.hpp"

using namespace genet;
using data::documents;

TEST_CASE("by hand") {
  const documents samples{{1, 2, 1, 2}, {1, 2}, {3}}, training{{1, 2}, {2, 3}};
  CHECK(metrics::distinct_n(samples, 1) == doctest::Approx(3. / 7));
  CHECK(metrics::distinct_n(samples, 2) == doctest::Approx(2. / 4));
  CHECK(metrics::ngram_novelty(samples, training, 1) == 0);
  CHECK(metrics::ngram_novelty(samples, training, 2) == doctest::Approx(1. / 4));
  CHECK(metrics::ngram_novelty(samples, training, 4) == 1);
  CHECK(metrics::copied_share(samples, training) == doctest::Approx(1. / 3));
  CHECK(metrics::copied_share(samples, {}) == 0);
  CHECK(metrics::bits_per_character(std::log(2.) * 10, 5) == doctest::Approx(2));
}

TEST_CASE("nothing to measure") {
  CHECK(message([] { metrics::distinct_n({{1}}, 2); }) ==
        "bad_input distinct_n: found no n-gram of 2 tokens, expected longer samples");
  CHECK_THROWS_AS(metrics::distinct_n({{1}}, 0), usage_error);
  CHECK_THROWS_AS(metrics::ngram_novelty({}, {{1}}, 1), bad_input);
  CHECK_THROWS_AS(metrics::copied_share({}, {}), bad_input);
  CHECK_THROWS_AS(metrics::bits_per_character(1, 0), bad_input);
}
