#include <genet/models/sequences.hpp>

#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

using namespace genet;

namespace {

struct writer : net<tokens<5, 4>, embedding<3>, lstm<6>, token_distribution<5>> {};
struct reader : net<tokens<5, 4>, embedding<3>, flatten, dense<1>> {};
using game = seqgan<writer, reader>;
using judged = seqgan<writer, reader, binary, average<0.9>>;

std::vector<std::int32_t> all_sequences() {
  std::vector<std::int32_t> all;
  for (std::int32_t k = 0; k < 625; ++k)
    for (std::int32_t rest = k, i = 0; i < 4; ++i, rest /= 5) all.push_back(rest % 5);
  return all;
}

template <class Model>
std::vector<double> log_probabilities(const Model& m) {
  const auto log_p = m.score(all_sequences());
  std::vector<double> sums(625);
  for (std::size_t i = 0; i < log_p.size(); ++i) sums[i / 4] += static_cast<double>(log_p[i]);
  return sums;
}

}  // namespace

TEST_CASE("all sequences together are certain, and are written as often as they are likely") {
  const model<writer, double> m{seed{2}};
  const auto log_p = log_probabilities(m);
  double sum = 0;
  for (const double l : log_p) sum += std::exp(l);
  CHECK(sum == doctest::Approx(1).epsilon(1e-12));

  constexpr long count = 20'000;
  const auto written = m.write(count, seed{1});
  std::vector<double> seen(625);
  for (std::size_t i = 0; i < written.size(); i += 4)
    seen[static_cast<std::size_t>(written[i] + 5 * written[i + 1] + 25 * written[i + 2] + 125 * written[i + 3])] += 1;
  double chi = 0;
  for (std::size_t k = 0; k < 625; ++k) chi += std::pow(seen[k] - count * std::exp(log_p[k]), 2) / (count * std::exp(log_p[k]));
  CHECK(chi == doctest::Approx(624).epsilon(0.2));
  CHECK(m.write(300, seed{1}) == std::vector<std::int32_t>(written.begin(), written.begin() + 1200));
  CHECK(m.write(100, seed{2}) != m.write(100, seed{1}));
  CHECK(m.write(0).empty());
}

TEST_CASE("a wide beam finds the likeliest, greedy writing is a beam of one") {
  const model<writer> m{seed{2}};
  const auto log_p = log_probabilities(m);
  const auto found = m.beam(625);
  CHECK(found.size() == 625);
  CHECK(found[0].log_p == doctest::Approx(*std::max_element(log_p.begin(), log_p.end())).epsilon(1e-5));
  CHECK(m.write(1, {}, {.greedy = true}) == m.beam(1)[0].tokens);
}

TEST_CASE("a seqgan writes by its generator and judges by its discriminator") {
  model<game> m{seed{3}};
  model<writer> alone{seed{0}};
  for (const auto& t : model<writer>::tensors()) alone.set(t.name, m.get("generator." + std::string(t.name)));
  CHECK(m.write(40, seed{1}, {.temperature = 0.7}) == alone.write(40, seed{1}, {.temperature = 0.7}));
  CHECK(m.score(all_sequences()) == alone.score(all_sequences()));
  CHECK(m.beam(3)[2].tokens == alone.beam(3)[2].tokens);
  const auto scores = m.judge(all_sequences());
  CHECK(scores.size() == 625);
  const auto codes = m.get("discriminator.0.weight"), weight = m.get("discriminator.2.weight");
  float expected = m.get("discriminator.2.bias")[0];
  for (std::size_t t = 0; t < 4; ++t)
    for (std::size_t k = 0; k < 3; ++k) expected += codes[static_cast<std::size_t>(t ? 0 : 4) * 3 + k] * weight[t * 3 + k];
  CHECK(scores[4] == doctest::Approx(expected).epsilon(1e-5));
  CHECK(model<judged>{seed{3}}.write(4, seed{1}) == m.write(4, seed{1}));
}

TEST_CASE("what is no sequence of the model is refused") {
  const model<game> m{seed{3}};
  CHECK_THROWS_WITH(m.score(std::vector<std::int32_t>{1, 2, 3}), "score: 3 tokens are no whole sequences of 4");
  CHECK_THROWS_WITH(m.judge(std::vector<std::int32_t>{1, 2, 3, 5}), "judge: sequence 0 has token 5, the model takes 0 to 4");
  CHECK_THROWS_WITH(m.score(std::vector<std::int32_t>{1, 2, 3, -1}),
                    "score: sequence 0 has token -1, the model takes 0 to 4");
  CHECK_THROWS_AS(m.write(-1), usage_error);
  CHECK_THROWS_AS(m.write(1, {}, {.temperature = 0}), usage_error);
  CHECK_THROWS_AS(m.beam(0), usage_error);
}
