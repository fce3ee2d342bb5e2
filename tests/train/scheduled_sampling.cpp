#include <genet/kernels.hpp>
#include <genet/train/scheduled_sampling.hpp>
#include <genet/train/trainer.hpp>

#include <doctest/doctest.h>

using namespace genet;

namespace {

constexpr long length = 12, rows = 200;

struct writer : net<tokens<20, length>, embedding<4>, gru<4>, token_distribution<20>> {};
using feed = feed_of_objective<scheduled_sampling, writer, float>;
static_assert(feed::looks_at_model && !feed_of_objective<maximum_likelihood, writer, float>::looks_at_model);

std::vector<std::int32_t> some_tokens() {
  std::vector<float> u(rows * length);
  rng::uniform(std::span(u), rng::key{1, 2, 3});
  std::vector<std::int32_t> all;
  for (const float x : u) all.push_back(static_cast<std::int32_t>(20 * x));
  return all;
}
data::examples examples() {
  return {.count = rows, .features = 0, .x = {}, .labels = {}, .length = length, .tokens = some_tokens()};
}

/// What the net sees of the tokens, moved on.
std::vector<std::int32_t> seen_by(feed& f, const std::vector<std::int32_t>& tokens, const model<writer>& m, double epochs,
                                  std::uint64_t step = 1) {
  const example_batch<float> b{.rows = rows, .tokens = tokens.data()};
  const auto sources = f(b, 1.0, m.view(), rng::key{5, stream::writing, step}, training_progress{epochs});
  const auto* seen = static_cast<const std::int32_t*>(sources[0]);
  CHECK(static_cast<const std::int32_t*>(sources[1]) == tokens.data());
  CHECK(static_cast<const float*>(sources[2])[7] == doctest::Approx(-1. / (rows * length)));
  return {seen, seen + rows * length};
}

template <class Objective>
std::vector<float> trained(Objective o, std::uint64_t from) {
  model<writer> m{seed{from}};
  trainer fit{m, o, adam{.learning_rate = 1e-2}, constant{}, training_options{.seed = 4}};
  fit.run(examples(), epochs{3}, batch{32});
  return {m.parameters().begin(), m.parameters().end()};
}

}  // namespace

TEST_CASE("the share of true tokens falls in a straight line") {
  const scheduled_sampling o{.epochs = 10, .least = 0.2};
  CHECK(o.true_share({0}) == 1);
  CHECK(o.true_share({5}) == doctest::Approx(0.6));
  CHECK(o.true_share({10}) == doctest::Approx(0.2));
  CHECK(o.true_share({50}) == doctest::Approx(0.2));
}

TEST_CASE("the generator sees true tokens, its own or some of both") {
  const model<writer> m{seed{1}};
  const auto tokens = some_tokens();
  const scheduled_sampling o{.epochs = 10};
  feed f(o, rows);
  std::vector<std::int32_t> moved(tokens.size());
  likelihood_feed<float>::move_on(tokens.data(), rows, length, moved.data());
  CHECK(seen_by(f, tokens, m, 0) == moved);
  const auto share_of = [&](const std::vector<std::int32_t>& seen) {
    long equal = 0, all = 0;
    for (long i = 0; i < rows * length; ++i) {
      const auto k = static_cast<std::size_t>(i);
      if (i % length == 0) CHECK(seen[k] == 0);
      else ++all, equal += seen[k] == moved[k];
    }
    return static_cast<double>(equal) / static_cast<double>(all);
  };
  // Own tokens are the true ones by chance, about one of 20.
  CHECK(share_of(seen_by(f, tokens, m, 10)) < 0.1);
  CHECK(share_of(seen_by(f, tokens, m, 5)) == doctest::Approx(0.5 + 0.5 / 20).epsilon(0.08));
  CHECK(seen_by(f, tokens, m, 5) == seen_by(f, tokens, m, 5));
  CHECK(seen_by(f, tokens, m, 5) != seen_by(f, tokens, m, 5, 2));
}

TEST_CASE("own tokens are those of the distribution behind what was seen") {
  // A generator that is certain of token (previous + 1) % 20, whatever its layers before.
  struct certain : net<tokens<20, length>, embedding<20>, token_distribution<20>> {};
  model<certain> m{seed{1}};
  std::vector<float> codes(400), weight(400);
  for (std::size_t i = 0; i < 20; ++i) {
    codes[i * 20 + i] = 100;
    weight[(i + 1) % 20 * 20 + i] = 1;
  }
  m.set("0.weight", codes);
  m.set("1.weight", weight);
  m.set("1.bias", std::vector<float>(20));
  const auto tokens = some_tokens();
  const scheduled_sampling o{.epochs = 1};
  feed_of_objective<scheduled_sampling, certain, float> f(o, rows);
  const example_batch<float> b{.rows = rows, .tokens = tokens.data()};
  const auto* seen =
      static_cast<const std::int32_t*>(f(b, 1.0, std::as_const(m).view(), rng::key{}, training_progress{2})[0]);
  for (long i = 0; i < rows * length; ++i) CHECK_MESSAGE(seen[i] == i % length, "at ", i);
}

TEST_CASE("with true tokens alone it is maximum likelihood, bit for bit") {
  CHECK(trained(scheduled_sampling{.least = 1}, 3) == trained(maximum_likelihood{}, 3));
  const auto mixed = trained(scheduled_sampling{.epochs = 3}, 3);
  CHECK(mixed != trained(maximum_likelihood{}, 3));
  CHECK(mixed == trained(scheduled_sampling{.epochs = 3}, 3));
}
