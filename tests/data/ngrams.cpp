#include "genet/data/ngrams.hpp"

#include <doctest/doctest.h>

#include <map>

#include "sequence_fixture.hpp"

using namespace genet;
using ids = std::vector<std::int32_t>;

TEST_CASE("counts of every n-gram as a map counts them") {
  const auto text = ragged_fixture("text/training");
  const data::ngram_counts counts(4, text);
  for (long n = 1; n <= 4; ++n) {
    std::map<ids, long> wanted;
    for (const auto& s : text)
      for (std::size_t i = 0; i + static_cast<std::size_t>(n) <= s.size(); ++i)
        ++wanted[ids(s.begin() + static_cast<long>(i), s.begin() + static_cast<long>(i) + n)];
    long total = 0;
    for (const auto& [gram, count] : wanted) {
      total += count;
      CHECK(counts.count(gram) == count);
    }
    CHECK(counts.total(n) == total);
    CHECK(counts.distinct(n) == static_cast<long>(wanted.size()));
    const auto all = counts.most_frequent(n, -1);
    CHECK(all.size() == wanted.size());
    for (std::size_t i = 1; i < all.size(); ++i) {
      CHECK(all[i - 1].count >= all[i].count);
      CHECK(wanted.at(all[i].gram) == all[i].count);
    }
  }
}

TEST_CASE("by hand") {
  const data::ngram_counts counts(2, {{1, 2, 1, 2}, {2}});
  CHECK(counts.count(ids{1, 2}) == 2);
  CHECK(counts.count(ids{2, 1}) == 1);
  CHECK(counts.count(ids{2, 2}) == 0);
  CHECK(counts.count(ids{3}) == 0);
  CHECK(counts.count(ids{}) == 0);
  const auto best = counts.most_frequent(1, 1);
  CHECK(best.size() == 1);
  CHECK(best[0].gram == ids{2});
  CHECK(best[0].count == 3);
}

TEST_CASE("orders that there are not") {
  CHECK(message([] { data::ngram_counts(0); }) == "usage_error ngram_counts: found order 0, expected at least 1");
  CHECK(has(message([] { data::ngram_counts(2).total(3); }), "found n = 3, expected 1 to 2"));
}
