#include <genet/run/token_writer.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <genet/kernels.hpp>
#include <genet/run/model.hpp>

#include "../allocations.hpp"

using namespace genet;

namespace {

constexpr long length = 4;
struct writing : net<tokens<6, 4>, embedding<5>, lstm<7>, gru<5>, token_distribution<6>> {};

const model<writing, double>& written_by() {
  static const model<writing, double> m = [] {
    model<writing, double> all{seed{3}};
    for (double& x : all.parameters()) x *= 3;  // far from uniform
    return all;
  }();
  return m;
}
const rng::key key{5, stream::sampling, 2};

struct text_sheet {
  std::vector<std::int32_t> tokens;
  std::vector<double> log_p;
  bool operator==(const text_sheet&) const = default;
};
text_sheet write(long rows, long capacity, int threads = 1, const sampling& how = {}) {
  tensor::team team(threads);
  token_writer<writing, double> writer(capacity, team);
  const auto n = static_cast<std::size_t>(rows * length);
  text_sheet s{std::vector<std::int32_t>(n), std::vector<double>(n)};
  writer.write(written_by().view(), s.tokens, key, how, s.log_p);
  return s;
}
/// log p of each token by the whole sequences.
std::vector<double> scores(const std::vector<std::int32_t>& sequences) {
  const long rows = static_cast<long>(sequences.size()) / length;
  session<writing, double, capability::forward> run(rows);
  std::vector<std::int32_t> previous(sequences.size());
  for (std::size_t i = 0; i < previous.size(); ++i) previous[i] = i % length ? sequences[i - 1] : 0;
  const void* in[] = {previous.data()};
  run.forward(written_by().view(), in, rows);
  std::vector<double> log_p;
  for (std::size_t i = 0; i < sequences.size(); ++i)
    log_p.push_back(run.output()[6 * i + static_cast<std::size_t>(sequences[i])]);
  return log_p;
}

}  // namespace

TEST_CASE("what is drawn has the probability that the whole sequence gives it") {
  const text_sheet s = write(50, 50);
  const auto whole = scores(s.tokens);
  for (std::size_t i = 0; i < whole.size(); ++i) CHECK(s.log_p[i] == doctest::Approx(whole[i]).epsilon(1e-12));
  const text_sheet cold = write(50, 50, 1, {.temperature = 0.3});
  const auto unchanged = scores(cold.tokens);
  for (std::size_t i = 0; i < whole.size(); ++i) CHECK(cold.log_p[i] == doctest::Approx(unchanged[i]).epsilon(1e-12));
}

TEST_CASE("neither batches nor threads change what is drawn") {
  const text_sheet s = write(50, 50);
  CHECK(write(50, 7) == s);
  CHECK(write(50, 1) == s);
  CHECK(write(50, 50, 2) == s);
  CHECK(write(50, 16, 3) == s);
}

TEST_CASE("sequences appear as often as they are probable") {
  constexpr long rows = 40'000;
  const text_sheet s = write(rows, 4000);
  // By their first two tokens.
  std::vector<double> counted(36), probable(36);
  for (long r = 0; r < rows; ++r)
    counted[static_cast<std::size_t>(6 * s.tokens[static_cast<std::size_t>(4 * r)] +
                                     s.tokens[static_cast<std::size_t>(4 * r + 1)])] += 1;
  for (std::int32_t i = 0; i < 36; ++i) {
    const auto log_p = scores({i / 6, i % 6, 0, 0});
    probable[static_cast<std::size_t>(i)] = rows * std::exp(log_p[0] + log_p[1]);
  }
  double chi = 0;
  for (std::size_t i = 0; i < 36; ++i) chi += (counted[i] - probable[i]) * (counted[i] - probable[i]) / probable[i];
  CHECK(chi < 75);  // 35 degrees of freedom: exceeded once in ten thousand
}

TEST_CASE("completions keep their beginning, and go on as the generator does") {
  constexpr long times = 300;
  const text_sheet s = write(20, 20);
  token_writer<writing, double> writer(20 * times);
  long calls = 0;
  double likely = 0, expected = 0;
  writer.complete(written_by().view(), s.tokens, times, key, [&](long n, std::span<const std::int32_t> all) {
    CHECK(n == ++calls);
    REQUIRE(all.size() == s.tokens.size() * times);
    for (long i = 0; i < 20 * times; ++i) {
      const auto given = s.tokens.begin() + i / times * length;
      CHECK(std::equal(given, given + n, all.begin() + i * length));
      if (n == 2) likely += all[static_cast<std::size_t>(i * length + 2)] == 1;
    }
    if (n != 2) return;
    for (long r = 0; r < 20; ++r) {
      std::vector<std::int32_t> one(s.tokens.begin() + r * length, s.tokens.begin() + (r + 1) * length);
      one[2] = 1;
      expected += times * std::exp(scores(one)[2]);
    }
  });
  CHECK(calls == length - 1);
  CHECK(std::abs(likely - expected) < 5 * std::sqrt(expected));
  CHECK_THROWS_WITH_AS(writer.complete(written_by().view(), s.tokens, times + 1, key, [](long, auto) {}),
                       "token_writer: asked to complete 20 sequences 301 times, has room for 6000", usage_error);
}

TEST_CASE("a beam that is wide enough finds the likeliest sequences of all") {
  std::vector<std::pair<double, std::vector<std::int32_t>>> all;
  for (std::int32_t i = 0; i < 1296; ++i) {
    const std::vector<std::int32_t> y{i / 216, i / 36 % 6, i / 6 % 6, i % 6};
    double log_p = 0;
    for (const double x : scores(y)) log_p += x;
    all.emplace_back(-log_p, y);
  }
  std::sort(all.begin(), all.end());
  const auto found = beam_search<writing, double>(written_by().view(), 216);
  REQUIRE(found.size() == 216);
  for (std::size_t i = 0; i < 20; ++i) {
    CHECK(found[i].tokens == all[i].second);
    CHECK(found[i].log_p == doctest::Approx(-all[i].first).epsilon(1e-12));
  }
  // One wide is the greedy choice.
  const text_sheet greedy = write(1, 1, 1, {.greedy = true});
  CHECK(beam_search<writing, double>(written_by().view(), 1)[0].tokens == greedy.tokens);
  CHECK_THROWS_AS((beam_search<writing, double>(written_by().view(), 0)), usage_error);
}

TEST_CASE("writing allocates nothing") {
  token_writer<writing, double> writer(60);
  std::vector<std::int32_t> to(20 * length);
  const auto use = [](long, std::span<const std::int32_t>) {};
  writer.write(written_by().view(), to, key);
  writer.complete(written_by().view(), to, 3, key, use);
  const long before = allocation_count();
  writer.write(written_by().view(), to, key);
  writer.complete(written_by().view(), to, 3, key, use);
  CHECK(allocation_count() == before);
}
