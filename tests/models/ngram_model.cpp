#include "genet/models/ngram_model.hpp"

#include <doctest/doctest.h>

#include "../data/sequence_fixture.hpp"

using namespace genet;
using ids = std::vector<std::int32_t>;

TEST_CASE("log-likelihoods of a program by dictionaries, modified and plain") {
  const auto training = ragged_fixture("text/training"), test = ragged_fixture("text/test");
  for (const bool modified : {true, false})
    for (const long order : {1L, 3L, 4L}) {
      const ngram_model m(training, order, 12, modified ? discounting::modified : discounting::plain);
      const auto wanted =
          fixture(std::string("kneser_ney/") + (modified ? "modified_" : "plain_") + std::to_string(order));
      double nats = 0, tokens = 0;
      for (std::size_t i = 0; i < test.size(); ++i) {
        CHECK(m.log_likelihood(test[i]) == doctest::Approx(wanted[i]).epsilon(1e-12));
        nats -= wanted[i];
        tokens += static_cast<double>(test[i].size());
      }
      CHECK(m.bits_per_token(test) == doctest::Approx(nats / tokens / std::log(2)).epsilon(1e-12));
    }
}

TEST_CASE("probabilities sum to one after any history, seen or not, for tokens never seen too") {
  const auto training = ragged_fixture("text/training");
  const ngram_model m(training, 4, 15);
  for (const ids& before :
       {ids{}, ids{0}, ids{1, 2}, ids{3, 4, 5}, ids{11, 0, 11}, ids{13, 14, 13}, training[3], ids{0, 0, 0, 0, 0}}) {
    double sum = 0;
    for (std::int32_t t = 0; t < 15; ++t) {
      const double p = m.probability(before, t);
      CHECK(p > 0);
      sum += p;
    }
    CHECK(sum == doctest::Approx(1).epsilon(1e-12));
  }
}

TEST_CASE("more context helps on what was trained on, and a longer history than the order changes nothing") {
  const auto training = ragged_fixture("text/training");
  double before = 100;
  for (long order = 1; order <= 5; ++order) {
    const double bits = ngram_model(training, order, 12).bits_per_token(training);
    CHECK(bits < before);
    before = bits;
  }
  const ngram_model m(training, 3, 12);
  CHECK(m.probability(ids{9, 9, 1, 2}, 3) == m.probability(ids{5, 1, 2}, 3));
}

TEST_CASE("what was never seen is possible also where the estimate of a discount is below zero") {
  data::documents of;  // pairs: ten occur once, one twice, two three times, one four times
  for (std::int32_t pair = 0; pair < 14; ++pair)
    of.insert(of.end(), pair < 10 ? 1U : pair == 10 ? 2U : pair < 13 ? 3U : 4U, {2 * pair, 2 * pair + 1});
  const ngram_model m(of, 2, 40);
  for (std::int32_t before = 0; before < 28; ++before) {
    double sum = 0;
    for (std::int32_t t = 0; t < 40; ++t) {
      CHECK(m.probability(ids{before}, t) > 0);
      sum += m.probability(ids{before}, t);
    }
    CHECK(sum == doctest::Approx(1).epsilon(1e-12));
  }
}

TEST_CASE("few data: one sequence, one token") {
  const ngram_model m({{0}}, 3, 2);
  CHECK(m.probability(ids{}, 0) + m.probability(ids{}, 1) == doctest::Approx(1));
  CHECK(m.probability(ids{}, 0) > m.probability(ids{}, 1));
  CHECK(m.probability(ids{0}, 1) > 0);
}

TEST_CASE("what cannot be counted or scored") {
  CHECK(has(message([] { ngram_model({{0, 5}}, 2, 5); }), "sequence 0, position 1: found token 5, expected 0 to 4"));
  CHECK_THROWS_AS(ngram_model({{}}, 2, 5), bad_input);
  CHECK_THROWS_AS(ngram_model({{1}}, 0, 5), usage_error);
  const ngram_model m({{0, 1}}, 2, 5);
  CHECK(message([&] {
          m.log_likelihood(ids{0, 7});
        }) == "bad_input ngram_model: position 1: found token 7, expected 0 to 4");
  CHECK_THROWS_AS(m.probability(ids{0}, -1), bad_input);
  CHECK_THROWS_AS(m.bits_per_token({}), bad_input);
}
