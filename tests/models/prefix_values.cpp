#include <genet/models/prefix_values.hpp>

#include <doctest/doctest.h>

#include <cmath>

#include <genet/kernels.hpp>

using namespace genet;

namespace {

constexpr int vocabulary = 3, length = 3;
using source = tokens<vocabulary, length>;
struct writing : net<source, embedding<2>, gru<3>, token_distribution<vocabulary>> {};
struct reading : net<source, embedding<2>, flatten, dense<1>> {};
using tiny = seqgan<writing, reading>;

/// All 27 sequences.
std::vector<std::int32_t> every() {
  std::vector<std::int32_t> all;
  for (std::int32_t i = 0; i < 27; ++i) all.insert(all.end(), {i / 9, i / 3 % 3, i % 3});
  return all;
}

}  // namespace

TEST_CASE("the values of beginnings are the expectations that enumeration finds") {
  model<tiny> m{seed{3}};
  for (float& p : m.parameters()) p *= 3;  // so that sequences differ
  const auto all = every();
  const auto log_p = m.score(all), judged = m.judge(all);
  std::vector<double> p(27), reward(27);
  for (std::size_t i = 0; i < 27; ++i) {
    p[i] = std::exp(double{log_p[3 * i]} + double{log_p[3 * i + 1]} + double{log_p[3 * i + 2]});
    reward[i] = 1 / (1 + std::exp(-double{judged[i]}));
  }
  const auto values = prefix_values(m, all, 4000, seed{8});
  for (std::size_t i = 0; i < 27; ++i)
    for (const std::size_t known : {1U, 2U, 3U}) {
      const std::size_t alike = known == 1 ? 9 : known == 2 ? 3 : 1, from = i / alike * alike;
      double wanted = 0, total = 0;
      for (std::size_t k = from; k < from + alike; ++k) wanted += p[k] * reward[k], total += p[k];
      CHECK(values[3 * i + known - 1] == doctest::Approx(wanted / total).epsilon(known == 3 ? 1e-5 : 0.02));
    }
}

TEST_CASE("threads change nothing, the seed does; falls are differences") {
  const model<tiny> m{seed{3}};
  std::vector<std::int32_t> some;
  for (int i = 0; i < 3; ++i)
    for (const std::int32_t t : every()) some.push_back(t);  // more than are completed at once
  tensor::team three(3);
  const auto values = prefix_values(m, some, 2, seed{1});
  CHECK(values == prefix_values(m, some, 2, seed{1}, three));
  CHECK(values != prefix_values(m, some, 2, seed{2}));
  CHECK(prefix_values(m, std::vector<std::int32_t>{}, 2).empty());

  const std::vector<double> v{0.5, 0.25, 0.75, 0.25, 0.25, 0};
  CHECK(value_falls(v, 3) == std::vector<double>{-0.125, 0.25, -0.5, 0.125, 0, 0.25});
  CHECK(value_falls({}, 3).empty());
  CHECK_THROWS_AS(value_falls(v, 4), usage_error);
  CHECK_THROWS_AS(prefix_values(m, some, 0), usage_error);
  CHECK_THROWS_AS(prefix_values(m, std::vector<std::int32_t>{0, 1, 3}), usage_error);
  CHECK_THROWS_AS(prefix_values(m, std::vector<std::int32_t>{0, 1}), usage_error);
}
