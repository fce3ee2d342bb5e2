#include "genet/metrics/bleu.hpp"

#include <doctest/doctest.h>

#include "../data/sequence_fixture.hpp"

using namespace genet;
using data::documents;
using metrics::bleu_references;
using metrics::bleu_smoothing;

TEST_CASE("scores of a program that follows the paper, orders 1 to 5") {
  const auto training = ragged_fixture("text/training"), test = ragged_fixture("text/test");
  const bleu_references references(training);
  std::vector<documents> own;
  for (std::size_t i = 0; i < test.size(); ++i)
    own.emplace_back(training.begin() + static_cast<long>(5 * i), training.begin() + static_cast<long>(5 * i + 5));
  for (long n = 1; n <= 5; ++n) {
    const auto at = [n](const std::string& name) {
      return doctest::Approx(fixture("bleu/" + name)[static_cast<std::size_t>(n - 1)]).epsilon(1e-12);
    };
    CHECK(metrics::corpus_bleu(test, references, n) == at("corpus"));
    CHECK(metrics::corpus_bleu(test, own, n) == at("corpus_own"));
    CHECK(metrics::mean_bleu(test, references, n) == at("sentence"));
    CHECK(metrics::self_bleu(test, n) == at("self"));
  }
}

TEST_CASE("the example of Papineni et al., section 2.1: clipped counts") {
  // Candidate: the the the the the the the. References: The cat is on the mat. There is a cat on the mat.
  const bleu_references r({{0, 1, 2, 3, 0, 4}, {5, 2, 6, 1, 3, 0, 4}});
  const std::vector<std::int32_t> candidate(7, 0);
  const auto c = r.compare(candidate);
  CHECK(c.matches[0] == 2);
  CHECK(c.total[0] == 7);
  CHECK(c.reference_length == 7);
  CHECK(c.score(1) == doctest::Approx(2. / 7));
  CHECK(c.score(2) == 0);
  CHECK(c.score(2, bleu_smoothing::epsilon) == doctest::Approx(std::sqrt(2. / 7 * .1 / 6)));
}

TEST_CASE("perfect, disjoint, short") {
  const documents a{{1, 2, 3, 4, 5, 6}};
  const bleu_references r(a);
  CHECK(metrics::corpus_bleu(a, r, 4) == doctest::Approx(1));
  CHECK(metrics::corpus_bleu({{7, 8, 9, 7, 8}}, r, 1) == 0);
  CHECK(metrics::mean_bleu({{7, 8, 9, 7, 8}}, r, 1) == 0);
  CHECK(metrics::corpus_bleu({{1, 2, 3}}, r, 2) == doctest::Approx(std::exp(1 - 6. / 3)));
  CHECK(metrics::corpus_bleu({{}}, r, 2) == 0);
  CHECK(metrics::self_bleu(documents(5, a[0]), 4) == doctest::Approx(1));
}

TEST_CASE("left out is the sample itself, also where lengths and counts are equal") {
  const documents samples{{1, 1, 1}, {1, 1}, {1, 1}, {2}, {1, 2, 3, 4, 5, 6}};
  for (std::size_t i = 0; i < samples.size(); ++i) {
    documents others = samples;
    others.erase(others.begin() + static_cast<long>(i));
    const bleu_references all(samples), rest(others);
    const auto a = all.compare(samples[i], static_cast<long>(i)), b = rest.compare(samples[i]);
    CHECK(a.matches == b.matches);
    CHECK(a.total == b.total);
    CHECK(a.reference_length == b.reference_length);
  }
}

TEST_CASE("what cannot be compared") {
  CHECK_THROWS_AS(bleu_references({}), bad_input);
  const documents one{{1}};
  const bleu_references r(one);
  CHECK_THROWS_AS(metrics::corpus_bleu({}, r), bad_input);
  CHECK(has(message([&] { metrics::corpus_bleu({{1}}, r, 6); }), "usage_error bleu: found order 6, expected 1 to 5"));
  CHECK_THROWS_AS(r.compare(std::vector<std::int32_t>{1}, 0), usage_error);
  CHECK(has(message([] { metrics::self_bleu({{1}}); }), "found 1 samples, expected at least 2"));
  const std::vector<documents> two(2, documents{{1}});
  CHECK(has(message([&] { metrics::corpus_bleu({{1}}, two); }),
            "found references for 2 hypotheses, expected them for 1"));
}
