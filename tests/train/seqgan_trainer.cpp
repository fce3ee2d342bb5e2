#include <genet/train/seqgan_trainer.hpp>

#include <doctest/doctest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <numeric>

#include <genet/kernels.hpp>

#include "../allocations.hpp"

using namespace genet;

namespace {

constexpr int vocabulary = 7, length = 5;
using source = tokens<vocabulary, length>;
struct writing : net<source, embedding<6>, lstm<8>, token_distribution<vocabulary>> {};
struct reading : net<source, embedding<4>, flatten, dense<6>, leaky_relu<0.2>, dropout<0.2>, dense<1>> {};
struct criticising : net<source, embedding<4>, flatten, dense<6>, tanh_, dense<1>> {};
struct tiny_writing : net<tokens<3, 3>, embedding<2>, gru<3>, token_distribution<3>> {};
struct tiny_reading : net<tokens<3, 3>, embedding<2>, flatten, dense<1>> {};

using text_gan = seqgan<writing, reading, binary, average<0.5>>;
using penalised_gan = seqgan<writing, criticising, wasserstein<gradient_penalty>>;
using tiny_gan = seqgan<tiny_writing, tiny_reading>;
struct one_token : net<tokens<5, 1>, embedding<3>, token_distribution<5>> {};
struct straight : net<tokens<5, 1>, embedding<2>, flatten, dense<1>> {};
using through_gan = seqgan<one_token, straight, wasserstein<clipping>, straight_through<1>>;

data::examples sentences(long count) {
  data::examples e;
  e.count = count;
  e.length = length;
  for (long i = 0; i < count * length; ++i)
    e.tokens.push_back(static_cast<std::int32_t>((i / length * 3 + i % length * (1 + i / length % 2)) % vocabulary));
  return e;
}

const sequence_adversarial short_game{.pretrain_epochs = 2, .rollouts = 3, .pretrain_sets = 1,
                                          .discriminator_sets = 2, .discriminator_passes = 2,
                                          .baseline = reward_baseline::position, .entropy = 0.01};
const optimisers<adam, adam> adams{.generator = {.learning_rate = 0.01}, .discriminator = {.learning_rate = 0.002}};

struct outcome {
  std::vector<float> parameters;
  std::vector<epoch_record> rows;
  bool operator==(const outcome&) const = default;
};
outcome outcome_of(const model<text_gan>& m, const history& h) {
  outcome o{{m.parameters().begin(), m.parameters().end()}, h.rows()};
  for (auto& r : o.rows) {
    r.seconds = 0;
    for (auto& t : r.terms)
      if (std::isnan(t.value)) t.value = -1;  // not measured; a NaN is not equal to itself
  }
  return o;
}

/// Stops a run before its end and leaves a checkpoint.
struct stop_at {
  long epoch, batch;
  std::filesystem::path file;
  void on_batch_end(training& t) {
    if (t.epoch != epoch || t.batch != batch || t.batch == t.batches) return;
    t.save_checkpoint(file);
    t.stop("here");
  }
};

outcome play(int threads = 1, const stop_at* stop = nullptr) {
  const data::examples all = sentences(21);
  model<text_gan> m{seed{4}};
  const auto make = [&](model<text_gan>& of) {
    return trainer{of, short_game, adams, constant{}, training_options{.seed = 3, .clip_norm = 5, .threads = threads}};
  };
  auto fit = make(m);
  if (stop) fit.add(*stop);
  history h = fit.run(all, epochs{4}, batch{8}, &all);
  if (!stop) return outcome_of(m, h);
  CHECK(fit.stop_reason() == "here");
  model<text_gan> other{seed{77}};
  auto rest = make(other);
  rest.resume_from(stop->file);
  h = rest.run(all, epochs{4}, batch{8}, &all);
  return outcome_of(other, h);
}

}  // namespace

TEST_CASE("epochs of maximum likelihood, then rounds; what each measured") {
  const outcome all = play();
  REQUIRE(all.rows.size() == 8);
  const auto value = [&](std::size_t row, std::string_view name) {
    for (const term& t : all.rows[row].terms)
      if (t.name == name) return t.value;
    return -2.0;
  };
  CHECK(all.rows[2].loss < all.rows[0].loss);
  CHECK(value(2, "phase") == 0);
  CHECK(value(2, "reward") == -1);
  for (const std::size_t row : {4U, 6U}) {
    CHECK(value(row, "phase") == 1);
    for (const char* share : {"reward", "real", "fake", "real_accuracy", "fake_accuracy"}) {
      CAPTURE(share);
      CHECK(value(row, share) > 0);
      CHECK(value(row, share) < 1);
    }
    CHECK(all.rows[row].loss == doctest::Approx(0.69).epsilon(0.3));
    CHECK(all.rows[row + 1].loss < std::log(vocabulary) + 0.5);  // of validation: the likelihood
  }
}

TEST_CASE("the same bits for any number of threads") {
  const outcome one = play(1);
  CHECK(play(2) == one);
  CHECK(play(3) == one);
}

TEST_CASE("a run that was interrupted anywhere in the game goes on bit for bit") {
  const outcome whole = play();
  const auto file = std::filesystem::temp_directory_path() / ("genet_seqgan_" + std::to_string(::getpid()) + ".safetensors");
  // Round one: 6 batches before the generator's step, that step, 12 behind it.
  for (const auto& [epoch, batch] : {std::pair{1L, 2L}, {3L, 1L}, {3L, 5L}, {3L, 6L}, {3L, 7L}, {3L, 11L}, {4L, 1L}, {4L, 9L}}) {
    CAPTURE(epoch);
    CAPTURE(batch);
    const stop_at here{epoch, batch, file};
    CHECK(play(1, &here) == whole);
  }
  std::filesystem::remove(file);
}

TEST_CASE("a round allocates nothing in its steps") {
  const data::examples all = sentences(24);
  model<text_gan> m{seed{4}};
  trainer fit{m, short_game, adams};
  std::vector<long> counts;
  counts.reserve(200);
  struct counter {
    std::vector<long>* to;
    void on_batch_end(training& t) {
      if (t.epoch == 4) to->push_back(allocation_count());
    }
  };
  fit.add(counter{&counts});
  fit.run(all, epochs{4}, batch{8});
  REQUIRE(counts.size() == 13);  // of the second round
  CHECK(counts.front() == counts.back());
}

TEST_CASE("policy gradients estimate the gradient of the expected reward: three tokens, all sequences") {
  // The expected reward and its gradient, by the probability of each of the 27 sequences.
  const auto reward = [](const std::int32_t* y) { return 0.3 * y[0] - 0.5 * y[1] * y[2] + (y[0] == y[2] ? 1.0 : 0.0); };
  const model<tiny_gan, double> m{seed{2}};
  std::vector<std::int32_t> every;
  for (int i = 0; i < 27; ++i) every.insert(every.end(), {i / 9, i / 3 % 3, i % 3});
  using net_run = likelihood_of<tiny_writing>;
  session<net_run, double> run(27);
  likelihood_feed<double> feed(27, 3);
  const weights<double> w = m.part<"generator">();
  constexpr std::size_t n = model<tiny_gan, double>::place<"generator">.parameter_elements;
  const auto gradient = [&] {
    std::vector<double> g(n);
    run.forward(w, feed.of(every.data(), 27), 27, mode::training);
    run.backward(w, g.data());
    return g;
  };
  run.forward(w, feed.of(every.data(), 27), 27);
  const std::vector<double> log_p(run.output().begin(), run.output().end());
  const auto p = [&](int i, int from) {  // of the tokens from one position on
    double sum = 0;
    for (int t = from; t < 3; ++t) sum += log_p[static_cast<std::size_t>(3 * i + t)];
    return std::exp(sum);
  };
  double total = 0;
  for (int i = 0; i < 27; ++i) {
    total += p(i, 0);
    for (int t = 0; t < 3; ++t) feed.coefficients()[3 * i + t] = p(i, 0) * reward(&every[static_cast<std::size_t>(3 * i)]);
  }
  CHECK(total == doctest::Approx(1).epsilon(1e-12));
  const std::vector<double> exact = gradient();

  // The same by the value of each beginning: what roll-outs estimate.
  const auto same_beginning = [&](int i, int k, int count) {
    return std::equal(every.begin() + 3 * i, every.begin() + 3 * i + count, every.begin() + 3 * k);
  };
  for (int i = 0; i < 27; ++i)
    for (int t = 0; t < 3; ++t) {
      double value = 0;
      for (int k = 0; k < 27; ++k)
        if (same_beginning(i, k, t + 1)) value += p(k, t + 1) * reward(&every[static_cast<std::size_t>(3 * k)]);
      feed.coefficients()[3 * i + t] = p(i, 0) * value;
    }
  const std::vector<double> by_value = gradient();
  double norm = 0, distance = 0;
  for (std::size_t i = 0; i < n; ++i) {
    norm += exact[i] * exact[i];
    distance += (exact[i] - by_value[i]) * (exact[i] - by_value[i]);
  }
  CHECK(std::sqrt(distance / norm) < 1e-12);

  // The trainer's own step, by many sequences: the mean of its gradients comes near, with and without a baseline.
  for (const auto baseline : {reward_baseline::none, reward_baseline::position}) {
    constexpr long batches = 40, rows = 500;
    std::vector<double> sum(n), squares(n);
    for (long b = 0; b < batches; ++b) {
      model<tiny_gan, double> copy{seed{2}};
      sequence_adversarial how{.pretrain_epochs = 0, .rollouts = 2, .baseline = baseline};
      how.reward = [&](std::span<const std::int32_t> y, std::span<double> to) {
        for (std::size_t i = 0; i < to.size(); ++i) to[i] = reward(&y[3 * i]);
      };
      trainer fit{copy, how, optimisers<sgd, sgd>{.generator = {.learning_rate = 1}, .discriminator = {}}, constant{},
                  training_options{.seed = static_cast<std::uint64_t>(b)}};
      data::examples any;
      any.count = rows;
      any.length = 3;
      any.tokens.assign(3 * rows, 0);
      fit.run(any, epochs{1}, batch{rows});
      for (std::size_t i = 0; i < n; ++i) {
        const double g = (copy.parameters()[i] - m.parameters()[i]) / rows;
        sum[i] += g;
        squares[i] += g * g;
      }
    }
    double chi = 0;
    long moving = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const double mean = sum[i] / batches, variance = (squares[i] / batches - mean * mean) / (batches - 1);
      if (variance < 1e-30) continue;
      chi += (mean - exact[i]) * (mean - exact[i]) / variance;
      ++moving;
    }
    CHECK(moving > 40);
    CHECK(chi / static_cast<double>(moving) < 2.5);
  }
}

TEST_CASE("a critic's step is the gradient of its loss, penalty included") {
  data::examples one;
  one.count = 1;
  one.length = length;
  one.tokens = {3, 1, 4, 1, 5};
  using critic_model = model<penalised_gan, double>;
  struct first_batch {
    double* loss;
    void on_batch_end(training& t) {
      *loss = t.batch_loss;
      t.stop("one step");
    }
  };
  const auto step = [&](critic_model& m) {
    sequence_adversarial how{.pretrain_epochs = 0, .rollouts = 1, .pretrain_sets = 1, .discriminator_passes = 1};
    trainer fit{m, how, optimisers<sgd, sgd>{.generator = {.learning_rate = 1}, .discriminator = {.learning_rate = 1}}};
    double loss = 0;
    fit.add(first_batch{&loss});
    fit.run(one, epochs{1}, batch{1});
    return loss;
  };
  critic_model m{seed{8}};
  const critic_model before{seed{8}};
  step(m);
  constexpr part_entry part = critic_model::place<"discriminator">;
  double norm = 0, distance = 0;
  for (const tensor_info& t : critic_model::tensors()) {
    // Points between real and made sequences are data: the penalty is no function of the embedding.
    if (!t.trained || t.offset < part.parameter_offset || t.name == "discriminator.0.weight") continue;
    for (long k = 0; k < t.s.size(); ++k) {
      const auto at = static_cast<std::size_t>(t.place<double>(k));
      constexpr double h = 1e-5;
      double loss[2];
      for (const int side : {0, 1}) {
        critic_model moved{seed{8}};
        moved.parameters()[at] += side ? h : -h;
        loss[side] = step(moved);
      }
      const double numeric = (loss[1] - loss[0]) / (2 * h), analytic = before.parameters()[at] - m.parameters()[at];
      norm += numeric * numeric;
      distance += (numeric - analytic) * (numeric - analytic);
    }
  }
  CHECK(norm > 0.01);
  CHECK(std::sqrt(distance / norm) < 1e-6);
}

TEST_CASE("straight through one token and a linear critic: the gradient of the expected score, whatever was drawn") {
  using through_model = model<through_gan, double>;
  through_model m{seed{3}};
  const through_model before{seed{3}};
  constexpr part_entry part = through_model::place<"generator">;
  const auto expected_score = [&](const through_model& of) {
    session<one_token, double, capability::forward> make(1);
    session<straight, double, capability::forward> judge(5);
    const std::int32_t start = 0, all[] = {0, 1, 2, 3, 4};
    const void *from[] = {&start}, *seen[] = {all};
    make.forward(of.part<"generator">(), from, 1);
    judge.forward(of.part<"discriminator">(), seen, 5);
    double sum = 0;
    for (std::size_t v = 0; v < 5; ++v) sum += std::exp(make.output()[v]) * judge.output()[v];
    return sum;
  };
  data::examples any;
  any.count = 4;
  any.length = 1;
  any.tokens = {1, 2, 3, 4};
  trainer fit{m, sequence_adversarial{.pretrain_epochs = 0, .rollouts = 1, .pretrain_sets = 0, .discriminator_sets = 0},
              optimisers<sgd, sgd>{.generator = {.learning_rate = 1}, .discriminator = {}}};
  fit.run(any, epochs{1}, batch{4});
  double norm = 0, distance = 0;
  for (const tensor_info& t : through_model::tensors()) {
    if (!t.trained || t.offset >= part.parameter_offset + part.parameter_elements) continue;
    for (long k = 0; k < t.s.size(); ++k) {
      const auto at = static_cast<std::size_t>(t.place<double>(k));
      double score[2];
      for (const int side : {0, 1}) {
        through_model moved{seed{3}};
        moved.parameters()[at] += side ? 1e-5 : -1e-5;
        score[side] = expected_score(moved);
      }
      const double numeric = (score[1] - score[0]) / 2e-5, found = m.parameters()[at] - before.parameters()[at];
      norm += numeric * numeric;
      distance += (numeric - found) * (numeric - found);
    }
  }
  CHECK(norm > 0.001);
  CHECK(std::sqrt(distance / norm) < 1e-6);
}

TEST_CASE("where a value is no number the net and its layer are named, in either phase") {
  struct look {
    std::string* where;
    void on_batch_end(training& t) {
      if (std::isfinite(t.batch_loss)) return;
      *where = t.first_bad_layer();
      t.stop("no number");
    }
  };
  const data::examples all = sentences(16);
  const auto place_of = [&](const std::string& spoiled, long pretrain_epochs) {
    model<text_gan> m{seed{4}};
    std::vector<float> values = m.get(spoiled);
    values[0] = std::nanf("");
    m.set(spoiled, values);
    sequence_adversarial how = short_game;
    how.pretrain_epochs = pretrain_epochs;
    trainer fit{m, how, adams};
    std::string where;
    fit.add(look{&where});
    fit.run(all, epochs{1}, batch{8});
    return where;
  };
  const std::string generator = place_of("generator.1.bias_ih_l0", 1), discriminator = place_of("discriminator.2.bias", 0);
  CAPTURE(generator);
  CAPTURE(discriminator);
  CHECK(generator.starts_with("generator, "));
  CHECK(generator.find("lstm<8>") != std::string::npos);
  CHECK(discriminator.starts_with("discriminator, "));
  CHECK(discriminator.find("dense<6>") != std::string::npos);
}

TEST_CASE("what makes no sense is refused") {
  model<text_gan> m{seed{1}};
  CHECK_THROWS_WITH_AS((trainer{m, sequence_adversarial{.rollouts = 0}, adams}),
                       "trainer: rollouts must be at least 1, got 0", usage_error);
  trainer fit{m, short_game, adams};
  data::examples e = sentences(4);
  e.tokens[7] = vocabulary;
  CHECK_THROWS_WITH_AS(fit.run(e, epochs{1}, batch{2}), "trainer: example 1 has token 7, the model takes 0 to 6", bad_input);
  e = sentences(4);
  e.length = 6;
  CHECK_THROWS_WITH_AS(fit.run(e, epochs{1}, batch{2}), "trainer: 4 examples hold 20 tokens, expected 5 for each", bad_input);
}
