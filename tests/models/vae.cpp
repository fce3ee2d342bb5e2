#include <genet/models/vae.hpp>

#include <genet/models/importance_bound.hpp>
#include <genet/train/trainer.hpp>

#include <algorithm>
#include <cmath>
#include <thread>
#include <vector>

#include "../train/fixture.hpp"
#include "../train/small_nets.hpp"

using namespace genet;
using namespace small_nets;

namespace {

template <class Vae, class T = float> model<Vae, T> some_model() {
  model<Vae, T> m{seed{3}};
  for (T& s : m.state()) s = std::abs(s) + T(0.3);  // statistics that are no beginner's
  return m;
}
template <class T> std::vector<T> grey(long rows) {
  const auto e = pictures(rows, 12, 5);
  return {e.x.begin(), e.x.end()};
}

}  // namespace

TEST_CASE_TEMPLATE("encode, decode, reconstruct, sample: shapes and counts", T, float, double) {
  const auto m = some_model<article, T>();
  const auto x = grey<T>(9);
  const auto q = m.encode(x);
  CHECK(q.mean.count == 9);
  CHECK(q.mean.s == shape{1, {3}});
  CHECK(q.mean.values.size() == 27);
  CHECK(q.log_variance.values.size() == 27);
  CHECK(q.mean[8].size() == 3);
  CHECK(q.mean[8][1] == q.mean.values[25]);
  const auto back = m.reconstruct(x);
  CHECK(back.count == 9);
  CHECK(back.s == shape{3, {1, 3, 4}});
  CHECK(back.values.size() == 9 * 12);
  const auto drawn = m.sample(11);
  CHECK(drawn.count == 11);
  CHECK(drawn.s == shape{3, {1, 3, 4}});
  CHECK(drawn.values.size() == 11 * 12);
  for (T p : drawn.values) CHECK((p > 0 && p < 1));
  CHECK(m.encode(std::span<const T>{}).mean.count == 0);
  CHECK(m.sample(0).values.empty());
  CHECK_THROWS_WITH_AS(m.encode(std::span(x).first(25)), "encode: 25 numbers are no whole rows of (1,3,4)",
                       usage_error);
  CHECK_THROWS_WITH_AS(m.decode(std::span(x).first(4)), "decode: 4 numbers are no whole rows of (3)", usage_error);
}

TEST_CASE("they are what a session computes in evaluation mode") {
  const auto m = some_model<article>();
  const auto before = parameters(m), statistics = state(m);
  const auto x = grey<float>(9);
  session<article, float, capability::forward> whole(9);
  whole.forward(m.view(), x.data(), 9);
  const auto q = m.encode(x);
  CHECK(std::ranges::equal(q.mean.values, whole.output("mean")));
  CHECK(std::ranges::equal(q.log_variance.values, whole.output("log_variance")));

  session<article_decoder, float, capability::forward> decoder(9);
  decoder.forward(m.part<"decoder">(), q.mean.values.data(), 9);
  std::vector<double> probabilities;
  for (float logit : decoder.output()) probabilities.push_back(1 / (1 + std::exp(-static_cast<double>(logit))));
  CHECK(difference(m.decode(q.mean.values).values, probabilities) < 1e-6);
  CHECK(m.reconstruct(x).values == m.decode(q.mean.values).values);
  CHECK(parameters(m) == before);
  CHECK(state(m) == statistics);
}

TEST_CASE("many rows go through in parts, and no row depends on the others") {
  const auto m = some_model<article>();
  for (long rows : {1L, 127L, 128L, 129L, 300L}) {
    CAPTURE(rows);
    const auto x = grey<float>(rows);
    const auto q = m.encode(x);
    const auto pictures_back = m.decode(q.mean.values);
    REQUIRE(q.mean.values.size() == static_cast<std::size_t>(rows * 3));
    REQUIRE(pictures_back.count == rows);
    for (long r : {0L, rows / 2, rows - 1}) {
      const auto one = m.encode(std::span(x).subspan(static_cast<std::size_t>(12 * r), 12));
      CHECK(std::ranges::equal(one.mean[0], q.mean[r]));
      CHECK(std::ranges::equal(one.log_variance[0], q.log_variance[r]));
      CHECK(std::ranges::equal(m.decode(one.mean.values)[0], pictures_back[r]));
    }
  }
}

TEST_CASE("samples are decoded draws from the prior, and the seed decides them") {
  const auto m = some_model<mlp>();
  CHECK(m.sample(20).values == m.sample(20).values);
  CHECK(m.sample(20, seed{4}).values == m.sample(20, seed{4}).values);
  CHECK(m.sample(20, seed{4}).values != m.sample(20, seed{5}).values);
  CHECK(m.sample(200).values == m.decode(m.prior(200)).values);
  const auto few = m.sample(5), more = m.sample(200);
  CHECK(std::equal(few.values.begin(), few.values.end(), more.values.begin()));
  const auto z = m.prior(4000);
  double mean = 0, square = 0;
  for (float v : z) {
    mean += v / 12000.;
    square += v * v / 12000.;
  }
  CHECK(std::abs(mean) < 0.04);
  CHECK(std::abs(square - 1) < 0.05);

  const auto cold = m.prior(4000, {}, 0.25);
  CHECK(std::ranges::equal(z, cold, {}, [](float v) { return 0.25f * v; }));
  CHECK(m.sample(20, {}, 0.25).values == m.decode(std::span(cold).first(60)).values);
}

TEST_CASE("decode gives the mean of the likelihood") {
  const std::vector<double> z = numbers(4 * 3, 6);
  auto outputs = [&](const auto& m) {
    session<mlp_decoder, double, capability::forward> run(4);
    run.forward(m.template part<"decoder">(), z.data(), 4);
    return std::vector<double>(run.output().begin(), run.output().end());
  };
  const auto plain = some_model<vae<mlp_encoder, mlp_decoder, gaussian<learned_variance>>, double>();
  CHECK(plain.decode(z).values == outputs(plain));
  const auto grey_scale = some_model<vae<mlp_encoder, mlp_decoder, continuous_bernoulli>, double>();
  std::vector<double> means;
  for (double o : outputs(grey_scale)) means.push_back(1 / (1 - std::exp(-o)) - 1 / o);
  CHECK(difference(grey_scale.decode(z).values, means) < 1e-9);
}

TEST_CASE("a conditional model: labels go to both nets") {
  const auto m = some_model<labelled>();
  const auto x = grey<float>(140);
  std::vector<std::int32_t> classes;
  for (int i = 0; i < 140; ++i) classes.push_back(i % 3);
  const auto q = m.encode(x, classes);
  session<labelled, float, capability::forward> whole(140);
  const void* const sources[] = {x.data(), classes.data()};
  whole.forward(m.view(), sources, 140);
  CHECK(std::ranges::equal(q.mean.values, whole.output("mean")));
  CHECK(std::ranges::equal(q.log_variance.values, whole.output("log_variance")));
  CHECK(m.reconstruct(x, classes).values == m.decode(q.mean.values, classes).values);
  std::vector<std::int32_t> others(classes);
  others[130] = 1 - others[130];
  CHECK_FALSE(std::ranges::equal(m.encode(x, others).mean[130], q.mean[130]));
  CHECK(std::ranges::equal(m.encode(x, others).mean[131], q.mean[131]));
  CHECK_FALSE(std::ranges::equal(m.decode(q.mean.values, others)[130], m.decode(q.mean.values, classes)[130]));

  const auto drawn = m.sample(5, 2, seed{4});
  CHECK(drawn.count == 5);
  CHECK(drawn.values == m.decode(m.prior(5, seed{4}), std::vector<std::int32_t>(5, 2)).values);
  CHECK(drawn.values != m.sample(5, 1, seed{4}).values);
  CHECK_THROWS_WITH_AS(m.encode(x, std::span(classes).first(3)), "encode: 140 rows want as many labels, got 3",
                       usage_error);
  CHECK_THROWS_WITH_AS(m.sample(5, 3), "decode: label 3, the model takes 0 to 2", usage_error);
  CHECK_THROWS_AS(m.sample(5, -1), usage_error);
}

TEST_CASE("a conditional model learns what its classes look like, whatever the bound") {
  const auto train = classes_of_pictures(90);
  auto learns = [&](const auto& objective) {
    model<labelled> m{seed{1}};
    trainer fit{m, objective, adam{.learning_rate = 0.02}};
    fit.run(train, epochs{40}, batch{10}, &train);
    for (int c = 0; c < 3; ++c) {
      double mean = 0;
      for (float x : m.sample(50, c).values) mean += x / 600.0;
      CHECK(mean == doctest::Approx(0.2 + 0.3 * c).epsilon(0.1));
    }
    const double with_labels = importance_bound(m, train, 20).nats;
    CHECK(with_labels > -fit.evaluate(train, "").loss - 0.05);
    data::examples wrong = train;
    for (auto& l : wrong.labels) l = 2 - l;
    CHECK(importance_bound(m, wrong, 20).nats < with_labels - 0.5);
  };
  learns(elbo{});
  learns(iwae{.samples = 3});

  model<labelled> m{seed{1}};
  trainer fit{m, elbo{}, adam{}};
  data::examples wrong = train;
  wrong.labels[17] = 3;
  CHECK_THROWS_WITH_AS(fit.run(wrong, epochs{1}, batch{10}),
                       "trainer: example 17 has label 3, the model takes 0 to 2", bad_input);
  wrong.labels.clear();
  CHECK_THROWS_WITH_AS(fit.run(wrong, epochs{1}, batch{10}),
                       "trainer: the net reads labels, the examples have none", bad_input);
  CHECK_THROWS_WITH_AS(importance_bound(m, wrong, 1),
                       "importance_bound: the model takes labels, 90 examples have 0", bad_input);
}

TEST_CASE("a const model serves several threads at once") {
  const auto m = some_model<article>();
  const auto expected = m.sample(300).values;
  std::vector<std::vector<float>> found(3);
  std::vector<std::thread> threads;
  for (auto& f : found) threads.emplace_back([&] { f = m.sample(300).values; });
  for (auto& t : threads) t.join();
  for (const auto& f : found) CHECK(f == expected);
}
