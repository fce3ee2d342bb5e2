#include "genet/data/sequences.hpp"

#include <doctest/doctest.h>

#include <map>
#include <numeric>
#include <set>

#include "files.hpp"

using namespace genet;
using data::alignment;
using data::documents;
using ids = std::vector<std::int32_t>;

TEST_CASE("aligned left, right and in the centre, with a mask") {
  const documents d{{1, 2, 3}, {4}, {5, 6, 7, 8}};
  const auto left = data::pad(d, 4, {.padding = 9});
  CHECK(left.count == 3);
  CHECK(left.tokens == ids{1, 2, 3, 9, 4, 9, 9, 9, 5, 6, 7, 8});
  CHECK(left.mask == ids{1, 1, 1, 0, 1, 0, 0, 0, 1, 1, 1, 1});
  CHECK(left.counted() == 8);
  CHECK(left.row(1)[0] == 4);
  CHECK(left.mask_row(2)[3] == 1);
  const auto right = data::pad(d, 4, {.align = alignment::right, .padding = 9});
  CHECK(right.tokens == ids{9, 1, 2, 3, 9, 9, 9, 4, 5, 6, 7, 8});
  CHECK(right.mask == ids{0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1});
  CHECK(data::pad(d, 4, {.align = alignment::centre}).tokens == ids{1, 2, 3, 0, 0, 4, 0, 0, 5, 6, 7, 8});
}

TEST_CASE("longer ones are refused, or cut where they stick out") {
  const documents d{{1}, {1, 2, 3, 4, 5}};
  CHECK(message([&] { data::pad(d, 4); }) == "bad_input sequence 1 has 5 tokens, the length is 4");
  CHECK(data::pad({d[1]}, 2, {.cut = true}).tokens == ids{1, 2});
  CHECK(data::pad({d[1]}, 2, {.align = alignment::right, .cut = true}).tokens == ids{4, 5});
  CHECK(data::pad({d[1]}, 2, {.align = alignment::centre, .cut = true}).tokens == ids{2, 3});
  CHECK(message([] { data::pad({{1}, {}}, 2); }) == "bad_input sequence 1 is empty, expected at least one token");
  CHECK(has(message([&] { data::pad(d, 0); }), "usage_error pad: found length 0"));
  CHECK(data::pad({}, 3).count == 0);
}

TEST_CASE("tokens outside of the vocabulary") {
  data::check_tokens({{0, 49}}, 50);
  CHECK(message([] {
          data::check_tokens({{0}, {1, 50}}, 50);
        }) == "bad_input sequence 1, position 1: found token 50, expected 0 to 49");
  CHECK(has(message([] { data::check_tokens({{-1}}, 50); }), "found token -1"));
}

TEST_CASE("windows") {
  const documents d{{0, 1, 2, 3, 4, 5, 6}, {7, 8}};
  CHECK(data::windows(d, 3, 3) == documents{{0, 1, 2}, {3, 4, 5}});
  CHECK(data::windows(d, 3, 2) == documents{{0, 1, 2}, {2, 3, 4}, {4, 5, 6}});
  CHECK(data::windows(d, 3, 3, true) == documents{{0, 1, 2}, {3, 4, 5}, {6}, {7, 8}});
  CHECK(data::windows(d, 3, 2, true) == documents{{0, 1, 2}, {2, 3, 4}, {4, 5, 6}, {7, 8}});
  CHECK(data::windows(d, 2, 3) == documents{{0, 1}, {3, 4}, {7, 8}});
  CHECK(has(message([&] { data::windows(d, 3, 0); }), "usage_error windows: found length 3 and stride 0"));
}

TEST_CASE("a split loses nothing, keeps the order and leaves equal sequences on one side") {
  documents all;
  for (std::int32_t i = 0; i < 1000; ++i) all.push_back({i % 300, i % 300 + 1});
  for (const double fraction : {0., .1, .5, .9}) {
    const auto s = data::split(all, fraction, 7);
    CHECK(s.train.size() + s.validation.size() == 1000);
    CHECK(static_cast<double>(s.validation.size()) <= 1000 * fraction);
    CHECK(static_cast<double>(s.validation.size()) >= 1000 * fraction - 4);
    const std::set<ids> train(s.train.begin(), s.train.end());
    long shared = 0;
    for (const auto& v : s.validation) shared += train.contains(v);
    CHECK(shared == 0);
    std::map<ids, long> whole, parts;
    for (const auto& d : all) ++whole[d];
    for (const auto* part : {&s.train, &s.validation})
      for (const auto& d : *part) ++parts[d];
    CHECK(whole == parts);
  }
  const auto a = data::split(all, .3, 1), b = data::split(all, .3, 1), c = data::split(all, .3, 2);
  CHECK(a.validation == b.validation);
  CHECK(a.validation != c.validation);
  CHECK(has(message([&] { data::split(all, 1, 0); }), "found fraction 1.0"));
  const documents same(10, ids{1});
  CHECK(data::split(same, .5, 0).validation.empty());
}

TEST_CASE("a long text is cut once, before its windows") {
  ids text(100);
  std::iota(text.begin(), text.end(), 0);
  const auto s = data::split(text, .25);
  CHECK(s.train[0].size() == 75);
  CHECK(s.validation[0].front() == 75);
  CHECK_THROWS_AS(data::split(std::span<const std::int32_t>(text).first(1), .9), usage_error);
}

TEST_CASE("duplicates") {
  const auto r = data::find_duplicates({{1, 2}, {3}, {1, 2}, {3}, {1, 2, 3}, {1}});
  CHECK(r.count == 6);
  CHECK(r.distinct == 4);
  CHECK(r.most == 2);
  CHECK(r.example == 0);
  CHECK(data::find_duplicates({}).example == -1);
}
