#include <genet/train/search.hpp>

#include <doctest/doctest.h>

#include <boost/hana/tuple.hpp>
#include <boost/hana/type.hpp>

#include <atomic>
#include <cmath>
#include <set>
#include <string>
#include <vector>

using namespace genet;

namespace {

search_space some_space() {
  search_space s;
  s.log_uniform("rate", 1e-4, 1e-2).uniform("beta", -1, 3).integer("width", 2, 5).choice("kind", {"a", "b", "c"});
  return s;
}

// The lower the nearer to beta = 1 and rate = 1e-3; less sure with a small budget.
double bowl(const candidate& c) {
  return std::pow(c["beta"] - 1, 2) + std::pow(std::log10(c["rate"]) + 3, 2) +
         0.01 * static_cast<double>(c.seed % 7) / static_cast<double>(c.budget);
}

template <class Strategy>
std::vector<std::vector<long>> rungs(const Strategy& s) {
  std::vector<std::vector<long>> out;
  for (const auto& b : s.plan(some_space(), 1)) {
    out.emplace_back();
    CHECK(static_cast<long>(b.candidates.size()) == b.rungs[0].candidates);
    for (const auto& r : b.rungs) out.back().insert(out.back().end(), {r.candidates, r.budget});
  }
  return out;
}

}  // namespace

TEST_CASE("draws lie in their ranges, and spread as they should") {
  const auto space = some_space();
  const auto all = random_search{.candidates = 2000}.plan(space, 5)[0].candidates;
  long small = 0, low = 0, words[3] = {}, widths[6] = {};
  for (const auto& v : all) {
    CHECK((v[0] >= 1e-4 && v[0] <= 1e-2 && v[1] >= -1 && v[1] <= 3 && v[2] >= 2 && v[2] <= 5));
    small += v[0] < 1e-3;
    low += v[1] < 1;
    ++widths[static_cast<std::size_t>(v[2])];
    ++words[static_cast<std::size_t>(v[3])];
  }
  CHECK(std::abs(small - 1000) < 100);
  CHECK(std::abs(low - 1000) < 100);
  for (long w : {2, 3, 4, 5}) CHECK(std::abs(widths[w] - 500) < 80);
  for (const long w : words) CHECK(std::abs(w - 667) < 90);
  CHECK(random_search{.candidates = 3}.plan(space, 5)[0].candidates[2] == all[2]);
  CHECK(random_search{.candidates = 3}.plan(space, 6)[0].candidates[2] != all[2]);
}

TEST_CASE("a grid has every word and the ends of ranges") {
  search_space s;
  s.log_uniform("rate", 1e-4, 1e-2).integer("width", 2, 4).choice("kind", {"a", "b"});
  const auto all = s.grid(3);
  CHECK(all.size() == 18);
  CHECK(all[0] == std::vector<double>{1e-4, 2, 0});
  CHECK(all[1] == std::vector<double>{1e-4, 2, 1});
  CHECK(all[6][0] == doctest::Approx(1e-3).epsilon(1e-12));
  CHECK(all[17] == std::vector<double>{1e-2, 4, 1});
  CHECK(s.grid(2)[2] == std::vector<double>{1e-4, 4, 0});
  CHECK(search_space{}.grid(4).size() == 1);
}

TEST_CASE("hyperband: the brackets of its paper (R = 81, factor 3)") {
  using table = std::vector<std::vector<long>>;
  CHECK(rungs(hyperband{.most = 81}) == table{{81, 1, 27, 3, 9, 9, 3, 27, 1, 81},
                                              {34, 3, 11, 9, 3, 27, 1, 81},
                                              {15, 9, 5, 27, 1, 81},
                                              {8, 27, 2, 81},
                                              {5, 81}});
  CHECK(rungs(hyperband{.most = 4, .least = 2}) == table{{1, 4}});
  CHECK(rungs(successive_halving{.candidates = 27, .most = 9}) == table{{27, 1, 9, 3, 3, 9}});
  CHECK(rungs(successive_halving{.candidates = 4, .least = 2, .most = 20, .factor = 4}) ==
        table{{4, 2, 1, 8, 1, 20}});
}

TEST_CASE("the best go on, and any number of workers find the same") {
  const auto space = some_space();
  const hyperband how{.most = 9};
  const auto one = search(space, how, {.seed = 3, .seeds = 2}, bowl);
  for (const int workers : {2, 3, 5}) {
    const auto many = search(space, how, {.seed = 3, .seeds = 2, .workers = workers}, bowl);
    REQUIRE(many.trials.size() == one.trials.size());
    for (std::size_t i = 0; i < one.trials.size(); ++i) {
      CHECK(many.trials[i].values == one.trials[i].values);
      CHECK(many.trials[i].score == one.trials[i].score);
      CHECK(many.trials[i].budget == one.trials[i].budget);
    }
    CHECK(many.ranking() == one.ranking());
  }
  CHECK(one.complete);
  // of 9, 3 and 1 in the first bracket no one that stayed behind is better than who went on
  for (const auto& a : one.trials)
    for (const auto& b : one.trials)
      if (a.bracket == 0 && b.bracket == 0 && a.budget > b.budget) CHECK(a.score < b.score + 0.1);
  CHECK(one.best().budget == 9);
  CHECK(one.best().standard_error > 0);
}

TEST_CASE("what fails is noted and goes no further") {
  const auto space = some_space();
  std::atomic<int> calls = 0;
  const auto r = search(space, successive_halving{.candidates = 9}, {.workers = 2}, [&](const candidate& c) {
    ++calls;
    CHECK(c.spent == (c.budget == 1 ? 0 : c.budget / 3));
    if (c.number % 3 == 0) throw training_error("the loss is NaN");
    if (c.number % 3 == 1) return std::nan("");
    return bowl(c);
  });
  CHECK(calls == 9 + 3 + 1);
  CHECK(r.trials[0].failure == "the loss is NaN");
  CHECK(r.trials[1].failure == "the score is nan");
  CHECK(r.trials[0].budget == 1);
  CHECK_FALSE(r.best().failed());
  const auto none = search(space, random_search{.candidates = 2}, {},
                           [](const candidate&) -> double { throw training_error("no"); });
  CHECK_THROWS_WITH_AS(none.best(), "search: none of 2 candidates has a score; the first: no", training_error);
}

TEST_CASE("a search that was stopped goes on where it was") {
  const auto space = some_space();
  const successive_halving how{.candidates = 9};
  const auto whole = search(space, how, {.seeds = 2}, bowl);
  search_watch watch;
  long trained = 0;
  std::vector<search_run> kept;
  watch.on_run = [&](const search_run& r) { kept.push_back(r); };
  watch.stop = [&] { return trained > 20; };
  const auto counted = [&](const candidate& c) {
    ++trained;
    return bowl(c);
  };
  CHECK_FALSE(search(space, how, {.seeds = 2}, counted, watch).complete);
  CHECK(kept.size() == 20);  // the 21st was cut short
  watch.finished = kept;
  watch.stop = nullptr;
  trained = 0;
  const auto rest = search(space, how, {.seeds = 2}, counted, watch);
  CHECK(trained == 18 + 6 + 2 - 20);
  CHECK(rest.ranking() == whole.ranking());
  for (std::size_t i = 0; i < whole.trials.size(); ++i) {
    CHECK((rest.trials[i].score == whole.trials[i].score));
    CHECK(rest.trials[i].standard_error == whole.trials[i].standard_error);
  }
  CHECK_THROWS_WITH_AS(search(space, how, {.seed = 2}, bowl, watch),
                       "search: candidate 0 has been trained with other values, in another search", usage_error);
  watch.on_run = [](const search_run&) { throw io_error("disk full"); };
  watch.finished.clear();
  CHECK_THROWS_WITH_AS(search(space, how, {.workers = 2}, bowl, watch), "disk full", io_error);
}

namespace {

struct small {
  static constexpr double size = 1;
};
template <int>
struct large {
  static constexpr double size = 2;
};

}  // namespace

TEST_CASE("over types") {
  namespace hana = boost::hana;
  const auto models = choose_model(hana::tuple_t<large<3>, small>);
  CHECK(models.names == std::vector<std::string>{"large<3>", "small"});
  search_space space;
  space.uniform("beta", 0, 1);
  const auto train = [](auto type, const candidate& c) {
    return decltype(type)::type::size + c["beta"] + static_cast<double>(c.number) * 0;
  };
  const auto r = search(models, space, grid_search{.steps = 2}, {.workers = 2}, train);
  REQUIRE(r.trials.size() == 4);
  CHECK(r.trials[0].score == 2);
  CHECK(r.trials[1].score == 3);
  CHECK(r.best().number == 2);
  CHECK(r.best().values == std::vector<double>{1, 0});
  CHECK(choose_model(hana::tuple_t<small>, {"tiny"}).names[0] == "tiny");
  CHECK_THROWS_AS(choose_model(hana::tuple_t<small>, {"tiny", "huge"}), usage_error);
}

TEST_CASE("what makes no sense") {
  search_space s;
  s.uniform("x", 0, 1);
  CHECK_THROWS_WITH_AS(s.uniform("x", 0, 2), "search: there are two hyper-parameters 'x'", usage_error);
  CHECK_THROWS_WITH_AS(s.uniform("y", 1, 0), "search: y: expected a range whose end is not below its beginning",
                       usage_error);
  CHECK_THROWS_AS(s.uniform("y,z", 0, 1), usage_error);
  CHECK_THROWS_AS(s.uniform("y", 0, std::nan("")), usage_error);
  CHECK_THROWS_AS(s.log_uniform("y", 0, 1), usage_error);
  CHECK_THROWS_AS(s.choice("y", {}), usage_error);
  CHECK_THROWS_AS(s.choice("y", {"a,b"}), usage_error);
  const auto score = [](const candidate& c) { return c["nothing"]; };
  CHECK_THROWS_AS(search(s, random_search{.candidates = 0}, {}, score), usage_error);
  CHECK_THROWS_AS(search(s, successive_halving{.factor = 1}, {}, score), usage_error);
  CHECK_THROWS_AS(search(s, hyperband{.most = 0}, {}, score), usage_error);
  CHECK_THROWS_AS(search(s, random_search{}, {.workers = 0}, score), usage_error);
  CHECK(search(s, random_search{}, {}, score).trials[0].failure == "search: there is no hyper-parameter 'nothing'");
}
