#include <doctest/doctest.h>
#include <genet/kernels/token_distribution.hpp>
#include <genet/run/model.hpp>
#include <genet/run/token_sampler.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "../allocations.hpp"

using namespace genet;

namespace {

using writer = net<input<2, 7>, token_distribution<90>>;

struct written {
  std::vector<std::int32_t> tokens;
  std::vector<float> log_p;
  bool operator==(const written&) const = default;
};

const std::vector<float>& states() {
  static const std::vector<float> x = [] {
    std::vector<float> v(7 * 2000);
    rng::normal(std::span<float>(v), rng::key{1, 2, 3});
    return v;
  }();
  return x;
}

/// The tokens of rows `first` to `end`.
written draw(const model<writer>& m, const sampling& how, long first, long end, int threads = 1) {
  tensor::team team(threads);
  token_sampler<writer> sampler(team);
  const auto n = static_cast<std::size_t>(end - first);
  written all{std::vector<std::int32_t>(n), std::vector<float>(n)};
  const std::span<const float> x(states().data() + 7 * first, 7 * n);
  const long before = allocation_count();
  sampler.draw(m.view(), x, how, rng::key{5, stream::sampling, 1}, static_cast<std::uint64_t>(first),
               std::span(all.tokens), std::span(all.log_p));
  CHECK(allocation_count() == before);
  return all;
}
/// Log-probabilities (1000,2,90) by the net itself.
std::vector<float> distribution(const model<writer>& m) {
  session<writer> run(1000);
  run.forward(m.view(), states().data(), 1000);
  return {run.output().begin(), run.output().end()};
}
template <class F>
std::string complaint(const F& f) {
  try {
    f();
  } catch (const error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("tokens depend neither on the team nor on how rows are divided among calls") {
  const model<writer> m{seed{1}};
  for (const sampling& how : {sampling{}, sampling{.temperature = 0.7, .top_k = 20}, sampling{.greedy = true}}) {
    const written all = draw(m, how, 0, 2000);
    CHECK(draw(m, how, 0, 2000, 3) == all);
    written joined = draw(m, how, 0, 777, 2);
    const written rest = draw(m, how, 777, 2000);
    joined.tokens.insert(joined.tokens.end(), rest.tokens.begin(), rest.tokens.end());
    joined.log_p.insert(joined.log_p.end(), rest.log_p.begin(), rest.log_p.end());
    CHECK(joined == all);
  }
}
TEST_CASE("log-probabilities are those of the net, whatever the way of drawing") {
  const model<writer> m{seed{1}};
  const auto p = distribution(m);
  for (const sampling& how :
       {sampling{}, sampling{.temperature = 0.7}, sampling{.top_k = 3}, sampling{.greedy = true}}) {
    const written all = draw(m, how, 0, 2000);
    float off = 0;
    for (std::size_t r = 0; r < 2000; ++r) {
      const float* row = p.data() + r * 90;
      const auto token = static_cast<std::size_t>(all.tokens[r]);
      REQUIRE(token < 90);
      off = std::max(off, std::abs(all.log_p[r] - row[token]));
      if (how.greedy) CHECK(row[token] == *std::max_element(row, row + 90));
      if (how.top_k > 0) CHECK(std::count_if(row, row + 90, [&](float x) { return x > row[token]; }) < how.top_k);
    }
    CHECK(off < 1e-5F);
  }
}
TEST_CASE("frequencies are the net's probabilities: chi-square") {
  const model<writer> m{seed{1}};
  const auto p = distribution(m);
  constexpr std::size_t n = 100'000;
  std::vector<float> same(7 * n);
  for (std::size_t i = 0; i < same.size(); ++i) same[i] = states()[i % 7];
  std::vector<std::int32_t> tokens(n);
  token_sampler<writer> sampler;
  sampler.draw(m.view(), std::span<const float>(same), {}, rng::key{9, stream::sampling, 0}, 0, std::span(tokens));
  double square = 0;
  for (std::int32_t t = 0; t < 90; ++t) {
    const double wanted = n * std::exp(static_cast<double>(p[static_cast<std::size_t>(t)]));
    const auto found = static_cast<double>(std::ranges::count(tokens, t));
    square += (found - wanted) * (found - wanted) / wanted;
  }
  CHECK(square < 135.9);  // 89 degrees of freedom: 99.9 %
  CHECK(square > 53.0);   // 0.1 %
}
TEST_CASE("tokens that are not in use are never drawn; given numbers take the place of drawn ones") {
  model<writer> m{seed{1}};
  m.set("0.used", std::vector<float>{33});
  for (const std::int32_t t : draw(m, {.temperature = 100}, 0, 2000).tokens) CHECK(t < 33);
  token_sampler<writer> sampler;
  std::vector<std::int32_t> tokens(3);
  const std::vector<float> u{0, 0.5F, 0.99999994F};
  const sampling hot{.temperature = 1e6};
  sampler.draw(std::as_const(m).view(), std::span(states()).first(21), hot, std::span(u), std::span(tokens));
  CHECK(tokens == std::vector<std::int32_t>{0, 16, 32});
}
TEST_CASE("what makes no sense is told") {
  model<writer> m{seed{1}};
  const auto with = [&](const sampling& how, std::size_t n, std::size_t rows, std::size_t log_p = 0) {
    return complaint([&] {
      token_sampler<writer> sampler;
      std::vector<std::int32_t> tokens(rows);
      std::vector<float> p(log_p);
      sampler.draw(std::as_const(m).view(), std::span(states()).first(n), how, rng::key{}, 0, std::span(tokens),
                   std::span(p));
    });
  };
  CHECK(with({.temperature = 0}, 7, 1) == "token_sampler: the temperature has to be positive, got 0.000000");
  CHECK(with({.top_k = -2}, 7, 1) == "token_sampler: top_k must not be negative, got -2");
  CHECK(with({}, 8, 1) == "token_sampler: got 8 numbers of hidden states for 1 tokens, expected 7 each");
  CHECK(with({}, 14, 2, 3) == "token_sampler: got room for 3 log-probabilities of 2 tokens");
  CHECK(with({}, 0, 0).empty());
  m.set("0.bias", std::vector<float>(90, std::numeric_limits<float>::quiet_NaN()));
  CHECK(with({}, 14, 2) == "token_sampler: the logits of row 0 are not numbers");
  m.set("0.used", std::vector<float>{0});
  CHECK(with({}, 14, 2) == "token_sampler: `used` is not within 1 to 90");
}
