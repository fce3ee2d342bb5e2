#include <genet/train/adversarial_trainer.hpp>

#include <doctest/doctest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include <genet/train/callbacks.hpp>

#include "../allocations.hpp"
#include "small_nets.hpp"

using namespace genet;
using namespace small_nets;

namespace {

struct made : net<noise<3>, dense<8>, tanh_, dense<12>, sigmoid, reshape<1, 3, 4>> {};
struct seen : net<input<1, 3, 4>, flatten, dense<9>, tanh_, dense<1>> {};
struct mapped : net<input<1, 3, 4>, conv2d<5, kernel<3>, padding<1>>, softplus, conv2d<1, kernel<2>>> {};
struct seen_two : net<input<2, 3, 4>, flatten, dense<9>, tanh_, dense<1>> {};
struct restored : net<input<1, 3, 4>, flatten, dense<6>, tanh_, dense<12>, sigmoid, reshape<1, 3, 4>> {};
struct labelled_made : net<inputs<named<"noise", noise<3>>, named<"label", labels<3>>>, with_label<3>, dense<8>, tanh_,
                           dense<12>, sigmoid, reshape<1, 3, 4>> {};
struct labelled_seen : net<inputs<named<"image", input<1, 3, 4>>, named<"label", labels<3>>>, with_label<3>, flatten,
                           dense<9>, tanh_, dense<1>> {};
struct telling : net<input<1, 3, 4>, flatten, dense<9>, tanh_, heads<head<"score", dense<1>>, head<"class", dense<3>>>> {
};
struct coding : net<input<1, 3, 4>, flatten, dense<6>, tanh_, heads<head<"mean", dense<2>>, head<"log_variance", dense<2>>>> {
};
struct decoding : net<input<2>, dense<6>, tanh_, dense<12>, sigmoid, reshape<1, 3, 4>> {};
struct feeling : net<input<1, 3, 4>, flatten, dense<9>, tanh_,
                     heads<head<"score", dense<1>>, head<"features", dense<4>, tanh_>>> {};
struct usual_made : net<noise<3>, dense<8>, batch_norm, relu, dense<12>, sigmoid, reshape<1, 3, 4>> {};
struct usual_seen : net<input<1, 3, 4>, flatten, dense<9>, leaky_relu<0.2>, dropout<0.3>, dense<1>> {};

constexpr long rows = 6;
constexpr std::uint64_t run_seed = 9;

/// Examples in the order in which the first epoch takes them.
data::examples in_order(const data::examples& e) {
  std::vector<std::uint32_t> order(static_cast<std::size_t>(e.count));
  rng::permutation(std::span(order), rng::key{run_seed, stream::shuffling, 1});
  data::examples all = e;
  for (long r = 0; r < e.count; ++r) {
    const long from = order[static_cast<std::size_t>(r)];
    std::copy_n(e.x.begin() + from * e.features, e.features, all.x.begin() + r * e.features);
    if (!e.labels.empty()) all.labels[static_cast<std::size_t>(r)] = e.labels[static_cast<std::size_t>(from)];
  }
  return all;
}

/// What the nets of a gan minimise on one batch, computed by sessions alone.
template <class Gan>
struct losses {
  using generator = typename Gan::generator;
  using discriminator = typename Gan::discriminator;
  using objective = typename Gan::objective;
  using penalty_type = typename penalty_of<objective>::type;
  static constexpr long packed = Gan::options.pack, judged = rows / packed;

  std::vector<double> x, z;
  std::vector<std::int32_t> labels;
  adversarial how;
  session<generator, double, capability::forward> make{rows};
  session<discriminator, double, capability::full_gradient> judge{judged};

  losses(const data::examples& e, const adversarial& a) : x(e.x.begin(), e.x.end()), labels(e.labels), how(a) {
    z.resize(static_cast<std::size_t>(rows * generator::net_type::input_shape.size()));
    rng::normal(std::span(z), rng::key{run_seed, stream::latent, 0});
    labels.resize(static_cast<std::size_t>(rows));
  }

  template <class Net>
  std::array<const void*, 2> sources(const double* first) const {
    return {first, labels.data()};
  }
  std::vector<double> images(const model<Gan, double>& m) {
    const auto from = sources<generator>(Gan::draws ? z.data() : x.data());
    make.forward(m.template part<"generator">(),
                 std::span<const void* const>(from.data(), generator::net_type::source.n), rows, mode::training,
                 rng::key{run_seed, stream::generator, 0});
    return {make.output().begin(), make.output().end()};
  }
  void look(const model<Gan, double>& m, const double* at) {
    const auto from = sources<discriminator>(at);
    judge.forward(m.template part<"discriminator">(),
                  std::span<const void* const>(from.data(), discriminator::net_type::source.n), judged, mode::training);
  }
  template <class F>
  double mean(const F& formula) const {
    return evaluate_scores<objective>(formula, judge.output(0).data(), static_cast<long>(judge.output(0).size()),
                                      static_cast<double*>(nullptr))
        .loss;
  }
  double classification() const {
    if constexpr (Gan::class_output < 0) return 0;
    else return how.class_weight * evaluate_loss(cross_entropy{}, judge.output(Gan::class_output).data(),
                                                 labels.data(), judged, Gan::classes);
  }

  double of_discriminator(const model<Gan, double>& m) {
    const auto fakes = images(m);
    look(m, x.data());
    double sum = mean([&](auto s) { return objective::real(s, 1 - how.label_smoothing); }) + classification();
    look(m, fakes.data());
    sum += mean([](auto s) { return objective::fake(s); }) + classification();
    if constexpr (!std::is_void_v<penalty_type>) {
      auto at = x;
      if (!std::is_same_v<penalty_type, r1_penalty>)
        interpolate(x.data(), fakes.data(), judged, packed * 12, rng::key{run_seed, stream::between, 0}, at.data());
      look(m, at.data());
      for (auto& g : judge.output_gradient(0)) g = static_cast<double>(judged) / static_cast<double>(judge.output(0).size());
      std::vector<double> ignored(m.parameters().size());
      for (int i = 1; i < discriminator::net_type::outputs.n; ++i)
        for (auto& g : judge.output_gradient(i)) g = 0;
      judge.backward(m.template part<"discriminator">(), ignored.data());
      penalty_type p;
      if (how.penalty_weight >= 0) p.weight = how.penalty_weight;
      sum += evaluate_penalty(p, judge.input_gradient().data(), judged, packed * 12).value;
    }
    return sum;
  }
  double of_generator(const model<Gan, double>& m) {
    std::vector<double> features;
    if constexpr (Gan::feature_output > 0) {
      look(m, x.data());
      features.assign(judge.output(Gan::feature_output).begin(), judge.output(Gan::feature_output).end());
    }
    const auto fakes = images(m);
    look(m, fakes.data());
    double sum = mean([](auto s) { return objective::generated(s); }) + classification();
    for (std::size_t i = 0; i < features.size(); ++i) {
      const double d = judge.output(std::max(Gan::feature_output, 0))[i] - features[i];
      sum += how.feature_weight * d * d / (2 * static_cast<double>(judged));
    }
    if constexpr (Gan::variational)
      sum += how.kl_weight * evaluate_loss(kl_to_standard_normal{}, make.output(1).data(), make.output(2).data(), rows,
                                           generator::net_type::outputs[1].s.size());
    else if (!Gan::draws) sum += how.reconstruction_weight * evaluate_loss(mse{}, fakes.data(), x.data(), rows, 12);
    return sum;
  }
};

/// Plain descent by one step moves every parameter by its derivative: first the discriminator's, then, with that one as
/// it has become, the generator's.
template <class Gan, class Objective = adversarial>
void learns(const Objective& told = {}) {
  const data::examples e = classes_of_pictures(rows);
  adversarial how;
  if constexpr (std::is_same_v<Objective, adversarial>) how = told;
  else how = told.how;
  model<Gan, double> before{seed{2}}, m{seed{2}}, between{seed{2}};
  trainer fit{m, told, optimisers<sgd, sgd>{.generator = {.learning_rate = 1}, .discriminator = {.learning_rate = 1}},
              constant{}, training_options{.seed = run_seed}};
  const history h = fit.run(e, epochs{1}, batch{rows});
  losses<Gan> by(in_order(e), how);

  double off = 0, largest = 0;
  const auto compare = [&](std::string_view part, model<Gan, double>& at, auto loss) {
    for (const tensor_info& t : m.tensors()) {
      if (!t.trained || !t.name.starts_with(part)) continue;
      for (long i = 0; i < t.s.size(); ++i) {
        const auto k = static_cast<std::size_t>(t.template place<double>(i));
        double& w = at.parameters()[k];
        const double was = w, step = 1e-5;
        w = was + step;
        const double up = loss(at);
        w = was - step;
        const double slope = (up - loss(at)) / (2 * step);
        w = was;
        off = std::max(off, std::abs(slope - (before.parameters()[k] - m.parameters()[k])));
        largest = std::max(largest, std::abs(slope));
      }
    }
  };
  compare("discriminator.", before, [&](const auto& at) { return by.of_discriminator(at); });
  CHECK(off < 1e-7 * std::max(largest, 1.0));
  for (const tensor_info& t : m.tensors())
    if (t.trained && t.name.starts_with("discriminator.")) between.set(t.name, m.get(t.name));
  const double before_discriminator = by.of_discriminator(before), before_generator = by.of_generator(between);
  compare("generator.", between, [&](const auto& at) { return by.of_generator(at); });
  CHECK(off < 1e-7 * std::max(largest, 1.0));
  CHECK(largest > 1e-3);
  const epoch_record& row = h.rows().front();
  CHECK(row.terms[0].value == doctest::Approx(before_generator));
  CHECK(row.terms[1].value == doctest::Approx(before_discriminator));
  CHECK(row.loss == doctest::Approx(before_generator + before_discriminator));
}

template <class Gan>
auto everything(const model<Gan>& m) {
  auto all = parameters(m);
  const auto more = state(m);
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

using usual = gan<usual_made, usual_seen, non_saturating, average<0.9>>;
using penalised_usual = gan<usual_made, seen, wasserstein<gradient_penalty>, average<0.9>>;
const optimisers<adam, adam> two_adams{.generator = {.learning_rate = 1e-3}, .discriminator = {.learning_rate = 2e-3}};

}  // namespace

TEST_CASE("a step is the gradient of each net's own loss: every objective") {
  learns<gan<made, seen>>();
  learns<gan<made, seen>>(adversarial{.label_smoothing = 0.1});
  learns<gan<made, seen, minimax>>();
  learns<gan<made, seen, least_squares>>();
  learns<gan<made, seen, hinge>>();
  learns<gan<made, mapped>>();
}
TEST_CASE("a step is the gradient of each net's own loss: penalties") {
  learns<gan<made, seen, wasserstein<gradient_penalty>>>();
  learns<gan<made, mapped, wasserstein<gradient_penalty>>>(adversarial{.penalty_weight = 3});
  learns<gan<made, seen, wasserstein<lipschitz_penalty>>>();
  learns<gan<made, seen, penalised<non_saturating, r1_penalty>>>();
  learns<gan<made, seen_two, wasserstein<gradient_penalty>, pack<2>>>();
}
TEST_CASE("a step is the gradient of each net's own loss: labels, classes, packs, reconstruction") {
  learns<gan<labelled_made, labelled_seen>>();
  learns<gan<labelled_made, labelled_seen, wasserstein<gradient_penalty>>>();
  learns<gan<labelled_made, telling, hinge>>(adversarial{.class_weight = 0.5});
  learns<gan<made, seen_two, non_saturating, pack<2>>>();
  learns<gan<restored, seen>>(adversarial{.reconstruction_weight = 10} + mse{});
}

TEST_CASE("a step is the gradient of each net's own loss: a vae that an adversary judges by features") {
  learns<gan<vae<coding, decoding>, feeling>>(adversarial{.feature_weight = 3, .kl_weight = 0.7});
  learns<gan<vae<coding, decoding>, feeling, wasserstein<gradient_penalty>>>();
}

TEST_CASE("clipping keeps the critic's weights within its bound") {
  model<gan<made, seen, wasserstein<clipping>>> m{seed{1}};
  trainer fit{m, adversarial{.critic_steps = 2, .clip = 0.02}, two_adams};
  fit.run(classes_of_pictures(20), epochs{2}, batch{5});
  for (const tensor_info& t : m.tensors()) {
    float most = 0;
    for (float w : m.get(t.name)) most = std::max(most, std::abs(w));
    CHECK((most <= 0.02f) == t.name.starts_with("discriminator."));
  }
}

TEST_CASE("the critic takes its steps on batches of its own; the averaged generator follows") {
  model<penalised_usual> m{seed{1}};
  trainer fit{m, adversarial{.critic_steps = 3}, two_adams, constant{}, {.seed = 4}};
  long steps = 0;
  std::vector<float> mean, last;
  fit.add(lambda{.on_batch_end = [&](training& t) {
    steps = t.step;
    last = m.get("generator.0.weight");
    if (t.step == 1) mean = last;
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] = 0.9f * mean[i] + 0.1f * last[i];
  }});
  const history h = fit.run(classes_of_pictures(32), epochs{2}, batch{5});
  CHECK(steps == 6);  // of 32 examples 15, 15 and 2 a step
  const auto kept = m.get("average.0.weight");
  for (std::size_t i = 0; i < mean.size(); ++i) CHECK(kept[i] == doctest::Approx(mean[i]).epsilon(1e-4));
  CHECK(kept != last);
  const auto& terms = h.rows().front().terms;
  REQUIRE(terms.size() == 10);
  for (const auto& row : h.rows())
    for (std::size_t share : {4, 5}) CHECK((row.terms[share].value >= 0 && row.terms[share].value <= 1));
  CHECK(terms[8].name == "penalty");
  CHECK(terms[9].value > 0);
}

TEST_CASE("the same bits for any number of threads") {
  const auto by = [](int threads) {
    model<penalised_usual> m{seed{1}};
    trainer fit{m, adversarial{.critic_steps = 2}, two_adams, constant{}, {.seed = 4, .threads = threads}};
    fit.run(classes_of_pictures(24), epochs{2}, batch{6});
    return everything(m);
  };
  const auto alone = by(1);
  for (int threads : {2, 3}) CHECK(by(threads) == alone);
}

TEST_CASE("a run that was interrupted at any batch ends with the same bits") {
  const auto file = std::filesystem::temp_directory_path() / ("genet_gan_" + std::to_string(::getpid()) + ".safetensors");
  const auto data = classes_of_pictures(26);
  const auto run = [&](model<usual>& m, long stop_at, bool resume) {
    trainer fit{m, adversarial{.critic_steps = 2}, two_adams, cosine{}, {.seed = 4}};
    fit.add(lambda{.on_batch_end = [&](training& t) {
      if (t.step != stop_at) return;
      t.save_checkpoint(file);
      t.stop("enough");
    }});
    if (resume) fit.resume_from(file);
    history h = fit.run(data, epochs{2}, batch{5});
    std::vector<double> all;
    for (const auto& row : h.rows())
      for (const auto& t : row.terms) all.push_back(t.value);
    return all;
  };
  model<usual> whole{seed{1}};
  const auto rows_of_whole = run(whole, -1, false);
  for (long stop_at : {1L, 2L, 3L, 4L, 5L}) {
    model<usual> first{seed{1}}, second{seed{8}};
    run(first, stop_at, false);
    CHECK(run(second, -1, true) == rows_of_whole);
    CHECK(everything(second) == everything(whole));
  }
  model<usual> other{seed{1}};
  trainer fit{other, adversarial{.critic_steps = 2, .label_smoothing = 0.1}, two_adams, cosine{}, {.seed = 4}};
  fit.resume_from(file);
  CHECK_THROWS_WITH_AS(fit.run(data, epochs{2}, batch{5}), doctest::Contains("label_smoothing was 0"), usage_error);
  std::filesystem::remove(file);
}

TEST_CASE("a step allocates nothing") {
  model<penalised_usual> m{seed{1}};
  trainer fit{m, adversarial{.critic_steps = 2}, two_adams, constant{}, {.threads = 2}};
  long before = 0, within = -1;
  fit.add(lambda{.on_batch_end = [&](training& t) {
    if (t.step == 2) before = allocation_count();
    if (t.step == 6) within = allocation_count() - before;
  }});
  fit.run(classes_of_pictures(60), epochs{1}, batch{5});
  CHECK(within == 0);
}

TEST_CASE("evaluation leaves the model as it is and tells the same every time") {
  model<usual> m{seed{1}};
  trainer fit{m, adversarial{}, two_adams};
  const auto before = everything(m);
  const auto data = classes_of_pictures(30);
  const epoch_record a = fit.evaluate(data, "", batch{7}), b = fit.evaluate(data, "", batch{7});
  CHECK(a.loss == b.loss);
  CHECK(a.terms[0].value + a.terms[1].value == doctest::Approx(a.loss));
  CHECK(everything(m) == before);
}

TEST_CASE("what goes wrong is told, with the net and the layer") {
  const auto message = [](auto&& f) -> std::string {
    try {
      f();
    } catch (const error& e) {
      return e.what();
    }
    return "nothing";
  };
  const auto data = classes_of_pictures(10);
  model<gan<labelled_made, labelled_seen>> m{seed{1}};
  trainer fit{m, adversarial{}, two_adams};
  auto unlabelled = data;
  unlabelled.labels.clear();
  CHECK(message([&] { fit.run(unlabelled, epochs{1}, batch{5}); }) ==
        "trainer: the gan reads labels, the examples have none");
  auto beyond = data;
  beyond.labels[7] = 3;
  CHECK(message([&] { fit.run(beyond, epochs{1}, batch{5}); }) ==
        "trainer: example 7 has label 3, the gan knows 0 to 2");
  auto large = pictures(10, 13, 1);
  large.labels = data.labels;
  CHECK(message([&] { fit.run(large, epochs{1}, batch{5}); }) ==
        "trainer: the examples have 13 features, the model takes 12");

  model<usual> u{seed{1}};
  CHECK(message([&] { trainer(u, adversarial{.critic_steps = 0}, two_adams); }) ==
        "trainer: critic_steps must be at least 1, got 0");
  CHECK(message([&] { trainer(u, adversarial{}, two_adams, constant{}, {.accumulate = 2}); }) ==
        "trainer: a gan does not accumulate gradients; take a larger batch");
  trainer one{u, adversarial{}, two_adams};
  CHECK(message([&] { one.run(data, epochs{1}, batch{1}); }).find("batch_norm") != std::string::npos);

  // A loss that is not finite makes no step, and the layer at fault is found.
  std::string where;
  trainer spoiled{u, adversarial{}, two_adams};
  const auto weights = parameters(u);
  auto bad = data;
  bad.x[3] = std::numeric_limits<float>::quiet_NaN();
  spoiled.add(lambda{.on_batch_end = [&](training& t) { where = t.first_bad_layer(); }});
  spoiled.run(bad, epochs{1}, batch{10});
  CHECK(where == "discriminator, input");
  CHECK(parameters(u) == weights);
}

TEST_CASE("rules say what part they are for") {
  model<usual> m{seed{1}};
  const auto before = m.get("generator.0.weight");
  trainer fit{m, adversarial{}, two_adams, constant{}, {.rules = {{.name = "generator.0", .rate = 0}}}};
  fit.run(classes_of_pictures(20), epochs{1}, batch{5});
  CHECK(m.get("generator.0.weight") == before);
  CHECK_THROWS_AS(trainer(m, adversarial{}, two_adams, constant{}, {.rules = {{.name = "generator.9"}}}), usage_error);
}
