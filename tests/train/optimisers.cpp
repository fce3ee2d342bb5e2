#include <genet/train/optimisers.hpp>

#include <doctest/doctest.h>

#include <vector>

#include "fixture.hpp"

using namespace genet;

namespace {

const io::tensor_file& torch() {
  static const auto file = io::tensor_file::read("tests/fixtures/torch/optimisers.safetensors");
  return file;
}

// ten steps of one tensor
template <class T, class O>
std::vector<T> run(const O& o, const std::string& name, const std::string& which, double rate, double decay,
                   const std::vector<double>& rates = {}) {
  auto w = torch().get<T>(name + "/start" + which);
  const auto g = torch().get<T>(name + "/gradients" + which);
  const std::size_t n = w.size();
  std::vector<std::vector<T>> storage(static_cast<std::size_t>(O::moments), std::vector<T>(n));
  std::vector<T*> moment;
  for (auto& m : storage) moment.push_back(m.data());
  std::vector<T> all;
  for (long step = 1; step <= 10; ++step) {
    const auto k = static_cast<std::size_t>(step - 1);
    const step_facts facts{
        .step = step, .learning_rate = rates.empty() ? rate : rates[k], .weight_decay = decay};
    o.update(w.data(), g.data() + k * n, moment.data(), static_cast<long>(n), prepared(o, facts));
    all.insert(all.end(), w.begin(), w.end());
  }
  return all;
}

template <class T, class O>
void same_as_torch(const std::string& name, const O& o) {
  CAPTURE(name);
  CHECK(difference(run<T>(o, name, "", o.learning_rate, o.weight_decay), torch().get<double>(name + "/after")) <
        tolerance<T>);
}

template <class T, class O>
void groups_same_as_torch(const std::string& name, const O& o, double rate, double decay) {
  same_as_torch<T>(name, o);
  CAPTURE(name);
  CHECK(difference(run<T>(o, name, ".2", rate, decay), torch().get<double>(name + "/after.2")) < tolerance<T>);
}

struct tensor_row {
  std::string_view name;
  long offset;
  bool trained;
  parameter_group member_of;
};

const std::vector<tensor_row> tensors{{"encoder.1.weight", 0, true, parameter_group::weight},
                                      {"encoder.10.weight", 64, true, parameter_group::weight},
                                      {"encoder.1.bias", 128, true, parameter_group::bias},
                                      {"encoder.2.weight", 144, true, parameter_group::norm},
                                      {"encoder.2.bias", 160, true, parameter_group::norm},
                                      {"decoder.0.weight", 176, true, parameter_group::weight},
                                      {"decoder.0.bias", 240, true, parameter_group::bias},
                                      {"encoder.2.running_mean", 0, false, parameter_group::norm}};

}  // namespace

TEST_CASE_TEMPLATE("ten steps of every optimiser are PyTorch's", T, double, float) {
  same_as_torch<T>("sgd", sgd{.learning_rate = 0.1});
  same_as_torch<T>("sgd_momentum", sgd{.learning_rate = 0.05, .momentum = 0.9});
  same_as_torch<T>("sgd_dampening", sgd{.learning_rate = 0.05, .momentum = 0.9, .dampening = 0.3});
  same_as_torch<T>("sgd_nesterov", sgd{.learning_rate = 0.05, .momentum = 0.9, .nesterov = true});
  same_as_torch<T>("sgd_weight_decay", sgd{.learning_rate = 0.1, .weight_decay = 0.2});
  same_as_torch<T>("sgd_maximal", sgd{.learning_rate = 0.02, .momentum = 0.8, .nesterov = true, .weight_decay = 0.1});
  same_as_torch<T>("rmsprop", rmsprop{});
  same_as_torch<T>("rmsprop_momentum", rmsprop{.learning_rate = 0.01, .smoothing = 0.9, .momentum = 0.5});
  same_as_torch<T>("rmsprop_weight_decay", rmsprop{.smoothing = 0.95, .epsilon = 1e-4, .weight_decay = 0.1});
  same_as_torch<T>("adam", adam{.learning_rate = 0.01});
  same_as_torch<T>("adam_options", adam{.learning_rate = 0.02, .beta1 = 0.5, .beta2 = 0.99, .epsilon = 1e-4});
  same_as_torch<T>("adam_weight_decay", adam{.learning_rate = 0.01, .weight_decay = 0.1});
  same_as_torch<T>("adamw", adamw{.learning_rate = 0.01});
  same_as_torch<T>("adamw_options", adamw{.learning_rate = 0.05, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-6,
                                          .weight_decay = 0.3});
}

TEST_CASE_TEMPLATE("groups with settings of their own are PyTorch's", T, double, float) {
  groups_same_as_torch<T>("sgd_groups", sgd{.learning_rate = 0.05, .momentum = 0.9, .weight_decay = 0.1}, 0.2, 0);
  groups_same_as_torch<T>("rmsprop_groups", rmsprop{}, 0.002, 0.3);
  groups_same_as_torch<T>("adam_groups", adam{.learning_rate = 0.01}, 0.002, 0.3);
  groups_same_as_torch<T>("adamw_groups", adamw{.learning_rate = 0.01, .weight_decay = 0.2}, 0.03, 0);
}

TEST_CASE_TEMPLATE("a learning rate that changes from step to step", T, double, float) {
  std::vector<double> rates;
  for (int k = 1; k <= 10; ++k) rates.push_back(0.01 / k);
  CHECK(difference(run<T>(adam{}, "adam_schedule", "", 0, 0, rates), torch().get<double>("adam_schedule/after")) <
        tolerance<T>);
}

TEST_CASE("the comparison notices other semantics") {
  const auto off = [](const auto& o, const std::string& name) {
    const auto found = run<double>(o, name, "", o.learning_rate, o.weight_decay);
    return difference(found, torch().get<double>(name + "/after"));
  };
  CHECK(off(adam{.learning_rate = 0.01, .weight_decay = 0.01}, "adamw") > 1e-10);
  CHECK(off(adam{.learning_rate = 0.01, .epsilon = 1e-6}, "adam") > 1e-10);
  CHECK(off(sgd{.learning_rate = 0.05, .momentum = 0.9}, "sgd_nesterov") > 1e-10);
  CHECK(off(sgd{.learning_rate = 0.05, .momentum = 0.9}, "sgd_dampening") > 1e-10);
}

TEST_CASE_TEMPLATE("every length: nothing outside is touched, zero padding stays zero", T, double, float) {
  const auto check = [](const auto& o) {
    using optimiser_type = std::remove_cvref_t<decltype(o)>;
    for (std::size_t n = 1; n < 40; ++n) {
      std::vector<T> w(n + 2, T(0.5)), g(n + 2, T(0.25)), a(n + 2, T(0)), b(n + 2, T(0));
      w[n] = g[n] = 0;  // a padding element inside
      T* const moment[] = {a.data() + 1, b.data() + 1};
      o.update(w.data() + 1, g.data() + 1, moment, static_cast<long>(n),
               prepared(o, {.step = 1, .learning_rate = 0.1, .weight_decay = 0.1}));
      CHECK(w.front() == T(0.5));
      CHECK(w.back() == T(0.5));
      CHECK(w[n] == T(0));
      CHECK(a[n] == T(0));
      CHECK(a.back() == T(0));
      if (n > 1) CHECK(w[1] < T(0.5));
      for (std::size_t i = 2; i < n; ++i) CHECK(w[i] == w[1]);
      static_assert(optimiser<optimiser_type>);
    }
  };
  check(sgd{.momentum = 0.9, .nesterov = true});
  check(rmsprop{.momentum = 0.5});
  check(adam{});
  check(adamw{});
}

TEST_CASE("gradient_scale is a scaled gradient") {
  const auto g = numbers(21, 1);
  auto half = g;
  for (auto& x : half) x *= 0.5;
  const auto step = [](const auto& o, const std::vector<double>& gradient, double scale) {
    auto w = numbers(21, 2);
    std::vector<double> a(21), b(21);
    double* const moment[] = {a.data(), b.data()};
    o.update(w.data(), gradient.data(), moment, 21,
             prepared(o, {.step = 1, .learning_rate = 0.1, .weight_decay = 0.1, .gradient_scale = scale}));
    return w;
  };
  const auto check = [&](const auto& o) { CHECK(difference(step(o, g, 0.5), step(o, half, 1)) < 1e-14); };
  check(sgd{});
  check(sgd{.momentum = 0.9});
  check(rmsprop{.epsilon = 0.1});
  check(adam{.epsilon = 0.1});
  check(adamw{.epsilon = 0.1});
}

TEST_CASE("update ranges: adamw spares biases and normalisations, unless told otherwise") {
  const auto ranges = update_ranges(adamw{.weight_decay = 0.1}, tensors, 256);
  CHECK(ranges == std::vector<update_range>{{0, 128, 1, 0.1}, {128, 48, 1, 0}, {176, 64, 1, 0.1}, {240, 16, 1, 0}});
  CHECK(update_ranges(adamw{.weight_decay = 0.1, .decay_all = true}, tensors, 256) ==
        std::vector<update_range>{{0, 256, 1, 0.1}});
  CHECK(update_ranges(adam{.weight_decay = 0.1}, tensors, 256) == std::vector<update_range>{{0, 256, 1, 0.1}});
}

TEST_CASE("update ranges: rules by name and by group") {
  const std::vector<parameter_rule> rules{{.name = "encoder", .rate = 0.1},
                                          {.name = "encoder.1", .member_of = parameter_group::weight, .rate = 0.5},
                                          {.member_of = parameter_group::norm, .weight_decay = 0.3}};
  const auto ranges = update_ranges(sgd{}, tensors, 256, rules);
  CHECK(ranges == std::vector<update_range>{{0, 64, 0.5, 0}, {64, 80, 0.1, 0}, {144, 32, 1, 0.3}, {176, 80, 1, 0}});

  const std::vector<parameter_rule> nothing{{.name = "encoder.3", .member_of = parameter_group::bias}};
  CHECK_THROWS_WITH_AS(update_ranges(sgd{}, tensors, 256, nothing),
                       "parameter rule 1 (name 'encoder.3', group bias): applies to no parameter of the model",
                       usage_error);
}

TEST_CASE("update_all: each range with its own rate and decay") {
  const std::vector<update_range> ranges{{0, 16, 1, 0}, {16, 32, 0.1, 0.5}};
  std::vector<double> w(48, 1.0), g(48, 2.0);
  double* const none[] = {nullptr};
  update_all(sgd{}, std::span(ranges), w.data(), g.data(), none, {.step = 1, .learning_rate = 0.1});
  CHECK(w[0] == doctest::Approx(0.8));
  CHECK(w[15] == doctest::Approx(0.8));
  CHECK(w[16] == doctest::Approx(1 - 0.01 * 2.5));
  CHECK(w[47] == doctest::Approx(1 - 0.01 * 2.5));
}

TEST_CASE_TEMPLATE("threads and pieces make the same bits as one pass", T, float, double) {
  constexpr long n = 30'000, piece = 448;
  const auto start = numbers(n, 1), slopes = numbers(n, 2);
  const auto check = [&](const auto& o) {
    constexpr auto moments = static_cast<std::size_t>(std::remove_cvref_t<decltype(o)>::moments);
    const std::vector<update_range> ranges{{0, 20'000, 1, 0.01}, {20'000, n - 20'000, 0.3, 0}};
    const std::vector<T> g(slopes.begin(), slopes.end());
    const auto three_steps = [&](auto step_with) {
      std::vector<std::vector<T>> all(1 + moments, std::vector<T>(static_cast<std::size_t>(n)));
      std::copy(start.begin(), start.end(), all[0].begin());
      std::array<T*, moments> m{};
      for (std::size_t k = 0; k < moments; ++k) m[k] = all[1 + k].data();
      for (long step = 1; step <= 3; ++step)
        step_with(all[0].data(), m, step_facts{.step = step, .learning_rate = 0.01, .gradient_scale = 0.7});
      return all;
    };
    const auto by = [&](tensor::team& team) {
      return three_steps([&](T* w, auto& m, const step_facts& facts) {
        update_all(o, std::span(ranges), w, g.data(), m.data(), facts, team);
      });
    };
    const auto one_pass = by(tensor::alone());
    for (const int threads : {2, 3, 8}) {
      tensor::team team(threads);
      CHECK(by(team) == one_pass);
    }
    const auto in_pieces = three_steps([&](T* w, auto& m, const step_facts& facts) {
      for (const auto& r : ranges) {
        const auto constants = prepared(o, r.facts(facts));
        for (long at = r.offset; at < r.offset + r.size; at += piece) {
          auto here = m;
          for (T*& x : here) x += at;
          o.update(w + at, g.data() + at, here.data(), std::min(piece, r.offset + r.size - at), constants);
        }
      }
    });
    CHECK(in_pieces == one_pass);
  };
  check(sgd{});
  check(sgd{.momentum = 0.9, .nesterov = true});
  check(rmsprop{});
  check(rmsprop{.momentum = 0.5});
  check(adam{});
  check(adamw{});
}
