#include <genet/train/trainer.hpp>

#include <limits>

#include <genet/models/vae.hpp>
#include <genet/train/callbacks.hpp>

#include "../allocations.hpp"
#include "fixture.hpp"
#include "small_nets.hpp"

using namespace genet;
using namespace small_nets;

namespace {

const io::tensor_file& fixture() {
  static const auto file = io::tensor_file::read("tests/fixtures/torch/training.safetensors");
  return file;
}
std::vector<double> expected(const std::string& name) { return fixture().get<double>(name); }

template <class Model> void set_from_fixture(Model& m, const std::string& prefix) {
  for (const tensor_info& t : m.tensors()) m.set(t.name, expected(prefix + std::string(t.name)));
}

/// A run whose data, order, masks and noise PyTorch was given.
template <class Model, class Trainer> void follows_torch(const std::string& name, Model& m, Trainer& fit) {
  std::vector<double> rates;
  long step = 0;
  fit.add(lambda{.on_batch_end = [&](training& t) {
    if (t.step != step) rates.push_back(t.learning_rate);
    step = t.step;
  }});
  const auto x = expected(name + "/input");
  const data::examples train{23, 12, {x.begin(), x.end()}, {}};
  const history h = fit.run(train, epochs{2}, batch{5});
  CHECK(difference(rates, expected(name + "/rates")) < 1e-13);
  for (const tensor_info& t : m.tensors()) {
    CAPTURE(t.name);
    CHECK(difference(m.get(t.name), expected(name + "/after." + std::string(t.name))) < 1e-10);
  }
  for (long epoch : {1L, 2L}) {
    const std::string which = std::to_string(epoch);
    CHECK(h.value(epoch, "train.loss") == doctest::Approx(expected(name + "/train.loss." + which)[0]).epsilon(1e-11));
    CHECK(h.value(epoch, "train.kl") == doctest::Approx(expected(name + "/train.kl." + which)[0]).epsilon(1e-11));
  }
  const epoch_record test = fit.evaluate(train, "test", batch{4});
  CHECK(test.loss == doctest::Approx(expected(name + "/test.loss")[0]).epsilon(1e-11));
  CHECK(test.terms[1].value == doctest::Approx(expected(name + "/test.kl")[0]).epsilon(1e-11));
}

}  // namespace

TEST_CASE("ten steps of Adam on a VAE with batch norm and dropout are PyTorch's") {
  model<article, double> m{seed{1}};
  set_from_fixture(m, "article_adam/before.");
  trainer fit{m, elbo{.beta = 0.5, .warm_up = 1.5},
              adam{.learning_rate = 0.02, .beta1 = 0.8, .beta2 = 0.99, .epsilon = 1e-6, .weight_decay = 0.01},
              cosine{.warm_up = 3, .floor = 0.001}, training_options{.seed = 5, .clip_norm = 1.5}};
  follows_torch("article_adam", m, fit);
}

TEST_CASE("steps of two batches under rules for groups, clipped by value, are PyTorch's") {
  model<mlp, double> m{seed{1}};
  set_from_fixture(m, "mlp_sgd/before.");
  trainer fit{
      m, elbo{}, sgd{.learning_rate = 0.1, .momentum = 0.9, .nesterov = true, .weight_decay = 0.05}, constant{},
      training_options{
          .seed = 5,
          .accumulate = 2,
          .clip_value = 0.3,
          .rules = {{.member_of = parameter_group::bias, .weight_decay = 0},
                    {.name = "encoder", .rate = 0.1},
                    {.name = "encoder", .member_of = parameter_group::bias, .rate = 0.1, .weight_decay = 0}}}};
  follows_torch("mlp_sgd", m, fit);
}

TEST_CASE("accumulated gradients are those of the union of the batches") {
  const auto train = pictures(23, 12, 1);
  auto trained = [&](long size, long accumulate) {
    model<autoencoder, double> m{seed{3}};
    trainer fit{m, mse{.reduce = reduction::sum_per_example}, sgd{.learning_rate = 0.05, .momentum = 0.9}, constant{},
                training_options{.seed = 4, .accumulate = accumulate, .clip_norm = 5}};
    fit.run(train, epochs{3}, batch{size});
    return parameters(m);
  };
  for (const auto& [big, small, n] : {std::tuple{12L, 4L, 3L}, {10L, 5L, 2L}, {23L, 6L, 4L}}) {
    CAPTURE(small);
    const auto once = trained(big, 1);
    CHECK(difference(trained(small, n), once) < 1e-12);
    CHECK(difference(trained(small, 1), once) > 1e-5);  // it can be told apart
  }
}

TEST_CASE("clipping limits the step of plain descent") {
  const auto train = pictures(16, 12, 2);
  auto step = [&](training_options o) {
    model<autoencoder, double> m{seed{3}};
    const auto before = parameters(m);
    trainer fit{m, mse{.reduce = reduction::sum_per_example}, sgd{.learning_rate = 1}, constant{}, std::move(o)};
    fit.run(train, epochs{1}, batch{16});
    auto moved = parameters(m);
    for (std::size_t i = 0; i < moved.size(); ++i) moved[i] -= before[i];
    return moved;
  };
  auto norm = [](const std::vector<double>& v) {
    double s = 0;
    for (double x : v) s += x * x;
    return std::sqrt(s);
  };
  auto largest = [](const std::vector<double>& v) {
    double s = 0;
    for (double x : v) s = std::max(s, std::abs(x));
    return s;
  };
  const auto free = step({});
  REQUIRE(norm(free) > 0.5);
  CHECK(norm(step({.clip_norm = 0.1})) == doctest::Approx(0.1).epsilon(1e-4));
  CHECK(difference(step({.clip_norm = 1e6}), free) == 0);
  REQUIRE(largest(free) > 0.05);
  CHECK(largest(step({.clip_value = 0.02})) == doctest::Approx(0.02).epsilon(1e-9));
  CHECK(norm(step({.clip_norm = 0.01, .clip_value = 0.02})) == doctest::Approx(0.01).epsilon(1e-3));
}

TEST_CASE("rules hold parameters still or are refused where they fit none") {
  const auto train = pictures(20, 12, 3);
  model<mlp> m{seed{3}};
  const auto encoder = m.get("encoder.1.weight"), decoder = m.get("decoder.0.weight");
  trainer fit{m, elbo{}, adam{}, constant{}, training_options{.rules = {{.name = "encoder", .rate = 0}}}};
  fit.run(train, epochs{1}, batch{5});
  CHECK(m.get("encoder.1.weight") == encoder);
  CHECK(m.get("decoder.0.weight") != decoder);
  CHECK_THROWS_WITH_AS(
      (trainer{m, elbo{}, adam{}, constant{}, training_options{.rules = {{.name = "discriminator", .rate = 0}}}}),
      doctest::Contains("discriminator"), usage_error);
}

TEST_CASE("validation is measured after every epoch and changes nothing") {
  const auto train = pictures(23, 12, 4), held_back = pictures(9, 12, 5);
  model<article> with{seed{1}}, without{seed{1}};
  trainer fit{with, elbo{}, adam{}, constant{}, training_options{.seed = 2}};
  std::vector<double> seen;
  fit.add(lambda{.on_epoch_end = [&](training& t) { seen.push_back(*t.past.value(t.epoch, "loss")); }});
  const history h = fit.run(train, epochs{3}, batch{5}, &held_back);
  trainer alone{without, elbo{}, adam{}, constant{}, training_options{.seed = 2}};
  const history plain = alone.run(train, epochs{3}, batch{5});
  CHECK(parameters(with) == parameters(without));
  CHECK(state(with) == state(without));
  REQUIRE(h.split("validation").size() == 3);
  REQUIRE(h.split("train").size() == 3);
  CHECK(plain.split("validation").empty());
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(h.split("validation")[i].epoch == static_cast<long>(i) + 1);
    CHECK(h.split("validation")[i].loss == seen[i]);
    CHECK(h.split("train")[i].loss == plain.split("train")[i].loss);
    REQUIRE(h.split("train")[i].terms.size() == 2);
    CHECK(h.split("train")[i].terms[0].name == "reconstruction");
  }
  CHECK(h.last("validation")->loss == fit.evaluate(held_back, "", batch{5}).loss);
}

TEST_CASE("the last batch may be smaller, and every example counts once") {
  const auto train = pictures(23, 12, 6);
  model<autoencoder, double> m{seed{1}};
  trainer fit{m, mse{.reduce = reduction::sum_per_example}, sgd{.learning_rate = 0}};
  std::vector<long> batches;
  fit.add(lambda{.on_batch_end = [&](training& t) { batches.push_back(t.batch * 100 + t.batches); }});
  const history h = fit.run(train, epochs{1}, batch{5});
  CHECK(batches == std::vector<long>{105, 205, 305, 405, 505});
  const double whole = fit.evaluate(train, "", batch{23}).loss;
  CHECK(h.last("train")->loss == doctest::Approx(whole).epsilon(1e-13));
  CHECK(fit.evaluate(train, "", batch{4}).loss == doctest::Approx(whole).epsilon(1e-13));
  CHECK(fit.evaluate(train, "", batch{1000}).loss == whole);
  CHECK(fit.rows().split("test").empty());
}

TEST_CASE("every epoch has an order of its own, which the seed decides") {
  const auto train = pictures(40, 12, 7);
  auto first_losses = [&](std::uint64_t s) {
    model<autoencoder, double> m{seed{1}};
    trainer fit{m, mse{}, sgd{.learning_rate = 0}, constant{}, training_options{.seed = s}};
    std::vector<double> losses;
    fit.add(lambda{.on_batch_end = [&](training& t) {
      if (t.batch == 1) losses.push_back(t.batch_loss);
    }});
    fit.run(train, epochs{3}, batch{8});
    return losses;
  };
  const auto a = first_losses(1), b = first_losses(2);
  CHECK(a == first_losses(1));
  CHECK(a[0] != a[1]);
  CHECK(a[1] != a[2]);
  CHECK(a[0] != b[0]);
}

TEST_CASE("early stopping brings back the weights of the best epoch") {
  const auto train = pictures(30, 12, 8);
  model<mlp> m{seed{1}};
  trainer fit{m, elbo{}, adam{.learning_rate = 0.01}};
  std::vector<std::vector<float>> after(1);
  fit.add(early_stopping{.patience = 2, .restore_best_weights = true});
  fit.add(lambda{.on_epoch_end = [&](training& t) {
    after.push_back(parameters(m));
    if (t.epoch == 3) t.set_learning_rate(-0.02);  // uphill from here
  }});
  const history h = fit.run(train, epochs{20}, batch{5});
  CHECK(h.best_epoch() == 3);
  CHECK(h.last("train")->epoch == 5);
  CHECK(fit.stop_reason().starts_with("early stopping: loss has not improved since epoch 3"));
  CHECK(parameters(m) == after[3]);
  CHECK(parameters(m) != after[5]);
}

TEST_CASE("reduce_on_plateau and the schedules reach the optimiser") {
  const auto train = pictures(20, 12, 9);
  auto rates = [&](auto schedule, auto... callbacks) {
    model<autoencoder, double> m{seed{1}};
    trainer fit{m, mse{}, sgd{.learning_rate = 0.4}, schedule};
    (fit.add(callbacks), ...);
    std::vector<double> used;
    fit.add(lambda{.on_batch_end = [&](training& t) { used.push_back(t.learning_rate); }});
    fit.run(train, epochs{4}, batch{10});
    return used;
  };
  CHECK(rates(constant{}) == std::vector<double>(8, 0.4));
  CHECK(rates(constant{}, reduce_on_plateau{.factor = 0.5, .patience = 0, .threshold = 1}) ==
        std::vector<double>{0.4, 0.4, 0.4, 0.4, 0.2, 0.2, 0.1, 0.1});
  CHECK(rates(step_decay{.every = 2, .factor = 0.25}) == std::vector<double>{0.4, 0.4, 0.4, 0.4, 0.1, 0.1, 0.1, 0.1});
  CHECK(rates(step_decay{.every = 2, .factor = 0.25},
              reduce_on_plateau{.factor = 0.5, .patience = 0, .threshold = 1}) ==
        std::vector<double>{0.4, 0.4, 0.4, 0.4, 0.05, 0.05, 0.025, 0.025});
  const auto waves = rates(cosine{.warm_up = 2});
  CHECK(waves[0] == doctest::Approx(0.2));
  CHECK(waves[1] == doctest::Approx(0.4));
  CHECK(waves[5] == doctest::Approx(0.2));  // half way down
}

TEST_CASE("terminate_on_nan names the layer") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  auto message = [&](data::examples train, auto poison) -> std::string {
    model<mlp> m{seed{1}};
    trainer fit{m, elbo{}, adam{}};
    std::string failed;
    fit.add(terminate_on_nan{});
    fit.add(lambda{.on_epoch_begin = [&](training& t) { poison(t, m); },
                   .on_failure = [&](training&, std::string_view what) { failed = what; }});
    try {
      fit.run(train, epochs{3}, batch{5});
    } catch (const training_error& e) {
      CHECK(failed == e.what());
      return e.what();
    }
    return "";
  };
  const auto fine = pictures(20, 12, 10);
  auto nothing = [](training&, auto&) {};
  CHECK(message(fine, nothing) == "");
  const auto poisoned = message(fine, [&](training& t, auto& m) {
    if (t.epoch != 2) return;
    auto w = m.get("decoder.2.bias");
    w[3] = nan;
    m.set("decoder.2.bias", w);
  });
  CHECK(poisoned.find("epoch 2, batch 1, step 4") != std::string::npos);
  CHECK(poisoned.find("decoder.2.bias") != std::string::npos);
  CHECK(poisoned.find("dense<12>") != std::string::npos);
  const auto overflow = message(fine, [&](training& t, auto& m) {
    if (t.epoch == 2) m.set("encoder.3.log_variance.bias", std::vector<float>(3, 200.f));
  });
  CHECK(overflow.find("reparameterize") != std::string::npos);
  auto broken = fine;
  broken.x[17] = nan;
  const auto data = message(broken, nothing);
  CHECK(data.find("epoch 1") != std::string::npos);
  CHECK(data.find("input") != std::string::npos);
}

TEST_CASE("a loss that is not finite makes no step, whether or not anybody looks") {
  auto train = pictures(20, 12, 11);
  train.x[17] = std::numeric_limits<float>::quiet_NaN();
  for (long accumulate : {1L, 2L, 3L}) {
    model<autoencoder, double> m{seed{1}};
    trainer fit{m, mse{}, sgd{}, constant{}, training_options{.accumulate = accumulate}};
    long steps = 0;
    fit.add(lambda{.on_batch_end = [&](training& t) { steps = t.step; }});
    const history h = fit.run(train, epochs{4}, batch{3});
    const long groups = (7 + accumulate - 1) / accumulate;
    CHECK(steps == 4 * (groups - 1));  // the group of the bad example is left out in every epoch
    CHECK(std::isnan(h.last("train")->loss));
    for (double w : parameters(m)) REQUIRE(std::isfinite(w));
  }
}

TEST_CASE("a classifier learns what no line can part") {
  data::examples train{200, 2, {}, {}};
  const auto at = numbers(400, 12);
  for (std::size_t i = 0; i < 200; ++i) {
    train.x.push_back(static_cast<float>(at[2 * i]));
    train.x.push_back(static_cast<float>(at[2 * i + 1]));
    train.labels.push_back((at[2 * i] > 0) != (at[2 * i + 1] > 0));
  }
  model<classifier> m{seed{1}};
  trainer fit{m, cross_entropy{}, adam{.learning_rate = 0.02}};
  const history h = fit.run(train, epochs{60}, batch{16});
  CHECK(h.split("train").front().terms.at(0).name == "accuracy");
  CHECK(h.split("train").front().terms.at(0).value < 0.8);
  CHECK(fit.evaluate(train, "").terms.at(0).value > 0.97);
  CHECK(fit.evaluate(train, "").loss < 0.15);
}

TEST_CASE("what cannot be trained on is refused, and the model stays as it was") {
  const auto good = pictures(10, 12, 13);
  model<mlp> m{seed{1}};
  const auto before = parameters(m);
  trainer fit{m, elbo{}, adam{}};
  auto refused = [&](const data::examples& train, const char* what) {
    CHECK_THROWS_WITH_AS(fit.run(train, epochs{1}, batch{5}), doctest::Contains(what), bad_input);
    CHECK_THROWS_WITH_AS(fit.run(good, epochs{1}, batch{5}, &train), doctest::Contains(what), bad_input);
    CHECK_THROWS_WITH_AS(fit.evaluate(train, "test"), doctest::Contains(what), bad_input);
    CHECK_THROWS_WITH_AS(fit.find_learning_rate(train), doctest::Contains(what), bad_input);
  };
  refused({0, 12, {}, {}}, "no examples");
  refused(pictures(10, 11, 1), "the examples have 11 features, the model takes 12");
  refused({10, 12, std::vector<float>(119), {}}, "hold 119 numbers");
  refused({10, 12, std::vector<float>(120), std::vector<std::int32_t>(9)}, "9 labels");
  CHECK_THROWS_WITH_AS(fit.run(good, epochs{1}, batch{0}), doctest::Contains("batch"), usage_error);
  CHECK_THROWS_WITH_AS(fit.run(good, epochs{-1}, batch{5}), doctest::Contains("epochs"), usage_error);
  CHECK_THROWS_WITH_AS(fit.evaluate(good, "", batch{0}), doctest::Contains("batch"), usage_error);
  CHECK_THROWS_WITH_AS((trainer{m, elbo{}, adam{}, constant{}, training_options{.accumulate = 0}}),
                       doctest::Contains("accumulate"), usage_error);
  CHECK(parameters(m) == before);
  CHECK(fit.run(good, epochs{0}, batch{5}).empty());
  CHECK(parameters(m) == before);

  model<classifier> c{seed{1}};
  trainer classify{c, cross_entropy{}, adam{}};
  CHECK_THROWS_WITH_AS(classify.run(pictures(10, 2, 1), epochs{1}, batch{5}), doctest::Contains("no labels"),
                       bad_input);
  auto wrong = pictures(10, 2, 1);
  wrong.labels = {0, 1, 0, 1, 0, 2, 0, 1, 0, 1};
  CHECK_THROWS_WITH_AS(classify.run(wrong, epochs{1}, batch{5}), doctest::Contains("has label 2"), bad_input);
}

TEST_CASE("a callback may evaluate other data in the middle of an epoch") {
  const auto train = pictures(23, 12, 14), other = pictures(7, 12, 15);
  model<article> quiet{seed{1}}, busy{seed{1}};
  trainer a{quiet, elbo{}, adam{}}, b{busy, elbo{}, adam{}};
  std::vector<double> seen;
  b.add(lambda{.on_batch_end = [&](training& t) { seen.push_back(b.evaluate(other, "", batch{t.batch}).loss); }});
  const history plain = a.run(train, epochs{2}, batch{5}, &other),
                watched = b.run(train, epochs{2}, batch{5}, &other);
  CHECK(seen.size() == 10);
  CHECK(parameters(busy) == parameters(quiet));
  CHECK(watched.last("validation")->loss == plain.last("validation")->loss);
}

TEST_CASE("a second run goes on with the weights alone") {
  const auto train = pictures(20, 12, 16);
  model<autoencoder, double> one{seed{1}}, two{seed{1}};
  const sgd optimiser{.learning_rate = 0.05, .momentum = 0.9};
  trainer fit{one, mse{}, optimiser};
  fit.add(early_stopping{.patience = 1}).add(reduce_on_plateau{.patience = 0});
  fit.run(train, epochs{3}, batch{5});
  const history again = fit.run(train, epochs{3}, batch{5});
  for (int i = 0; i < 2; ++i) {
    trainer fresh{two, mse{}, optimiser};
    const history h = fresh.run(train, epochs{3}, batch{5});
    if (i == 1) CHECK(h.last("train")->loss == again.last("train")->loss);
  }
  CHECK(again.split("train").size() == 3);
  CHECK(parameters(one) == parameters(two));
}

TEST_CASE("the learning-rate finder touches neither model nor trainer") {
  const auto train = pictures(40, 12, 17);
  model<article> m{seed{1}}, twin{seed{1}};
  const auto before = parameters(m), statistics = state(m);
  trainer fit{m, elbo{}, adam{}, constant{}, training_options{.seed = 3, .accumulate = 2}};
  const learning_rate_curve found =
      fit.find_learning_rate(train, batch{8}, {.first = 1e-5, .last = 1, .steps = 60, .smoothing = 0.8});
  CHECK(parameters(m) == before);
  CHECK(state(m) == statistics);
  CHECK(fit.rows().empty());

  REQUIRE(found.curve.size() > 20);
  CHECK(found.curve.front().rate == doctest::Approx(1e-5));
  double lowest = found.curve.front().smoothed;
  for (const auto& p : found.curve) lowest = std::min(lowest, p.smoothed);
  CHECK(lowest < 0.95 * found.curve.front().smoothed);
  REQUIRE(found.suggestion());
  CHECK(*found.suggestion() > 1e-4);
  CHECK(*found.suggestion() < 1);

  trainer unaware{twin, elbo{}, adam{}, constant{}, training_options{.seed = 3, .accumulate = 2}};
  double first = 0;
  unaware.add(lambda{.on_batch_end = [&](training& t) {
    if (t.epoch == 1 && t.batch == 2) first = t.loss;
  }});
  fit.run(train, epochs{2}, batch{8});
  unaware.run(train, epochs{2}, batch{8});
  CHECK(found.curve.front().loss == first);
  CHECK(parameters(m) == parameters(twin));
}

TEST_CASE("a step allocates nothing") {
  auto count = [](auto& m, auto objective, auto optimiser, const data::examples& train) {
    trainer fit{m, objective, optimiser, constant{},
                training_options{.accumulate = 2, .clip_norm = 1, .clip_value = 0.5}};
    long before = 0, batches = 0, seen = 0;
    fit.add(terminate_on_nan{});
    fit.add(lambda{.on_batch_end = [&](training& t) {
      if (t.batch > 1) {
        seen += allocation_count() - before;
        ++batches;
      }
      before = allocation_count();
    }});
    fit.run(train, epochs{2}, batch{5});
    CHECK(batches == 8);
    return seen;
  };
  model<article> a{seed{1}};
  CHECK(count(a, elbo{.beta = 2, .warm_up = 1}, adam{}, pictures(23, 12, 18)) == 0);
  model<mlp, double> b{seed{1}};
  CHECK(count(b, elbo{}, sgd{.momentum = 0.9}, pictures(23, 12, 18)) == 0);
  model<classifier> c{seed{1}};
  auto labelled = pictures(23, 2, 18);
  labelled.labels.assign(23, 1);
  CHECK(count(c, cross_entropy{.label_smoothing = 0.1}, adam{}, labelled) == 0);
  const long before = allocation_count();
  CHECK(std::vector<int>(1000).size() == 1000);
  CHECK(allocation_count() > before);  // the count counts
}
