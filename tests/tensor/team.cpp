#include <genet/tensor/team.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <deque>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

using genet::tensor::alone;
using genet::tensor::team;

namespace {

// How often each part was called.
std::vector<int> calls_of(team& t, int parts) {
  std::vector<int> calls(static_cast<std::size_t>(parts), 0);
  t.run(parts, [&](int part) { ++calls[static_cast<std::size_t>(part)]; });
  return calls;
}

std::vector<int> once(int parts) { return std::vector<int>(static_cast<std::size_t>(parts), 1); }

struct stretch {
  long first, count;
  bool operator==(const stretch&) const = default;
};

std::vector<stretch> stretches_of(team& t, long n, long unit) {
  std::vector<stretch> found(static_cast<std::size_t>(t.size()), {-1, -1});
  std::atomic<int> calls{0};
  t.divide(n, unit, [&](long first, long count) { found[static_cast<std::size_t>(calls++)] = {first, count}; });
  found.resize(static_cast<std::size_t>(calls));
  std::ranges::sort(found, {}, &stretch::first);
  return found;
}

}  // namespace

TEST_CASE("all parts are called once, whatever their number") {
  for (int threads : {1, 2, 3, 8}) {
    team t(threads);
    CHECK(t.size() == threads);
    for (int parts : {0, 1, 2, 3, 7, 8, 9, 63, 64, 65, 127, 128, 1000}) CHECK(calls_of(t, parts) == once(parts));
  }
}

TEST_CASE("a team is used again and again") {
  team t(3);
  long wrong = 0;
  std::vector<long> sums(5);
  for (long round = 0; round < 20000; ++round) {
    t.run(5, [&](int part) { sums[static_cast<std::size_t>(part)] += round + part; });
    if (round % 1000 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));  // the others fall asleep
  }
  for (long part = 0; part < 5; ++part)
    wrong += sums[static_cast<std::size_t>(part)] != 20000L * 19999 / 2 + 20000 * part;
  CHECK(wrong == 0);
}

TEST_CASE("what parts write is seen afterwards, and by the parts of the next piece of work") {
  team t(8);
  std::vector<long> x(64), y(64);
  std::iota(x.begin(), x.end(), 0L);
  for (int round = 0; round < 1000; ++round) {
    t.run(64, [&](int i) { y[static_cast<std::size_t>(i)] = x[static_cast<std::size_t>(63 - i)] + 1; });
    std::swap(x, y);
  }
  CHECK(x.front() == 1000);
  CHECK(std::accumulate(x.begin(), x.end(), 0L) == 64 * 1000 + 63 * 64 / 2);
}

TEST_CASE("several threads take part when there is time") {
  team t(3);
  std::atomic<int> begun{0};
  std::vector<std::thread::id> who(3);
  t.run(3, [&](int part) {
    who[static_cast<std::size_t>(part)] = std::this_thread::get_id();
    ++begun;
    while (begun < 3) std::this_thread::yield();
  });
  CHECK(std::set(who.begin(), who.end()).size() == 3);
}

TEST_CASE("a team of one calls in order, on the thread that asks") {
  team t;
  std::vector<int> order;
  t.run(4, [&](int part) { order.push_back(part); });
  CHECK(order == std::vector{0, 1, 2, 3});
  CHECK(alone().size() == 1);
  CHECK(&alone() == &alone());
}

TEST_CASE("work within work is done by the part that asks for it") {
  team t(3);
  std::vector<int> calls(12, 0);
  t.run(4, [&](int outer) {
    const auto me = std::this_thread::get_id();
    t.run(3, [&](int inner) { calls[static_cast<std::size_t>(outer * 3 + inner)] += std::this_thread::get_id() == me; });
  });
  CHECK(calls == once(12));
}

TEST_CASE("threads that share a team all get their work done") {
  team t(3);
  std::atomic<long> parts{0};
  std::vector<std::thread> users;
  for (int i = 0; i < 3; ++i)
    users.emplace_back([&] {
      for (int round = 0; round < 1000; ++round) t.run(4, [&](int) { ++parts; });
    });
  for (auto& user : users) user.join();
  CHECK(parts == 3 * 1000 * 4);
}

TEST_CASE("many teams, at once and one after the other; a team that never worked ends") {
  std::deque<team> teams;
  for (int i = 0; i < 12; ++i) teams.emplace_back(2 + i % 3);
  for (int round = 0; round < 100; ++round)
    for (auto& t : teams) CHECK(calls_of(t, 5) == once(5));
  for (int i = 0; i < 100; ++i) {
    team idle(2);
    if (i % 2) CHECK(calls_of(idle, 2) == once(2));
  }
}

TEST_CASE("stretches are multiples of the unit, nearly equal, and cover everything") {
  team one(1), three(3), eight(8);
  CHECK(stretches_of(one, 100, 16) == std::vector<stretch>{{0, 100}});
  CHECK(stretches_of(three, 100, 16) == std::vector<stretch>{{0, 32}, {32, 32}, {64, 36}});
  CHECK(stretches_of(three, 96, 16) == std::vector<stretch>{{0, 32}, {32, 32}, {64, 32}});
  CHECK(stretches_of(eight, 33, 16) == std::vector<stretch>{{0, 16}, {16, 16}, {32, 1}});
  CHECK(stretches_of(eight, 5, 16) == std::vector<stretch>{{0, 5}});
  CHECK(stretches_of(eight, 0, 16).empty());
  CHECK(stretches_of(three, 3, 1) == std::vector<stretch>{{0, 1}, {1, 1}, {2, 1}});
}

TEST_CASE("the number of threads is checked") {
  CHECK_THROWS_AS(team(0), genet::usage_error);
  CHECK_THROWS_WITH(team(65), "a team of 65 threads: expected 1 to 64");
}
