#include <doctest/doctest.h>
#include <genet/kernels/token_distribution.hpp>
#include <genet/kernels/token_likelihood.hpp>

#include <string>
#include <utility>

#include "../allocations.hpp"
#include "checks.hpp"
#include "fixtures.hpp"

using namespace genet;
using namespace checks;

namespace {

using end = net<inputs<named<"hidden", input<3, 5>>, named<"target", tokens<37, 3>>, named<"coefficient", input<3>>>,
                token_likelihood<37>>;
using turned_round =
    net<inputs<named<"coefficient", input<3>>, named<"target", tokens<37, 3>>, named<"hidden", input<3, 5>>>,
        token_likelihood<37>>;

/// Everything that a pass over some examples gives, and the loss whose gradients these are.
template <class T, class Net = end>
struct pass_over {
  std::vector<T> hidden, coefficients, gradients;
  std::vector<std::int32_t> targets;
  std::array<const void*, 3> in{};
  tensor::team team;
  session<Net, T, capability::full_gradient> run;

  explicit pass_over(long rows, int threads = 1)
      : hidden(numbers<T>(rows * 15, 1)), coefficients(numbers<T>(rows * 3, 2)), team(threads), run(rows + 2, team) {
    for (long i = 0; i < rows * 3; ++i) targets.push_back(static_cast<std::int32_t>(i * 11 % 37));
    in = {hidden.data(), targets.data(), coefficients.data()};
    if (Net::net_type::source[0].s.rank == 1) std::swap(in[0], in[2]);
  }
  double loss(const model<Net, T>& m, mode how = mode::training) {
    run.poison(T(1e30));
    run.forward(m.view(), in, static_cast<long>(targets.size()) / 3, how);
    double sum = 0;
    for (std::size_t i = 0; i < targets.size(); ++i) sum += static_cast<double>(coefficients[i] * run.output()[i]);
    return sum;
  }
  void backward(const model<Net, T>& m) {
    loss(m);
    gradients.assign(m.parameters().size(), T(1e30));
    run.output_gradient()[0] = T(1e30);  // nobody reads it
    run.backward(m.view(), gradients.data());
  }
};

double relative(const std::vector<double>& a, const std::vector<double>& b) {
  double off = 0, size = 1e-12;
  for (std::size_t i = 0; i < a.size(); ++i) off += (a[i] - b[i]) * (a[i] - b[i]), size += a[i] * a[i];
  return std::sqrt(off / size);
}

template <class Net>
void gradients_are_of_the_weighted_sum() {
  for (const long rows : {1L, 4L}) {
    model<Net, double> m{seed{3}};
    pass_over<double, Net> p(rows);
    p.backward(m);
    const auto differences = [&](double* values, long n, auto place) {
      std::vector<double> d;
      for (long i = 0; i < n; ++i) {
        double& at = values[place(i)];
        const double before = at;
        at = before + 1e-5;
        const double up = p.loss(std::as_const(m));
        at = before - 1e-5;
        d.push_back((up - p.loss(std::as_const(m))) / 2e-5);
        at = before;
      }
      return d;
    };
    const auto itself = [](long i) { return i; };
    std::array<std::vector<double>, 3> of_inputs;
    for (int i = 0; i < 3; ++i)
      if (i != 1)
        of_inputs[static_cast<std::size_t>(i)].assign(p.run.input_gradient(i).begin(), p.run.input_gradient(i).end());
    const bool round = Net::net_type::source[0].s.rank == 1;
    CHECK(relative(differences(p.hidden.data(), rows * 15, itself), of_inputs[round ? 2 : 0]) < 1e-6);
    CHECK(relative(differences(p.coefficients.data(), rows * 3, itself), of_inputs[round ? 0 : 2]) < 1e-6);
    for (const tensor_info& t : m.tensors())
      if (t.trained)
        CHECK(relative(differences(m.parameters().data(), t.s.size(), [&](long i) { return t.place<double>(i); }),
                       t.read(p.gradients.data())) < 1e-6);
  }
}

}  // namespace

TEST_CASE("gradients are those of the weighted sum of log-probabilities") {
  gradients_are_of_the_weighted_sum<end>();
  gradients_are_of_the_weighted_sum<turned_round>();
}
TEST_CASE("log-probabilities are those of token_distribution, on the same parameters and state") {
  using whole = net<input<3, 5>, token_distribution<37>>;
  model<end> m{seed{1}};
  const model<whole> same{seed{1}};
  CHECK(std::ranges::equal(std::as_const(m).parameters(), same.parameters()));
  CHECK(m.tensors().size() == same.tensors().size());
  for (std::size_t i = 0; i < m.tensors().size(); ++i) {
    CHECK(m.tensors()[i].name == same.tensors()[i].name);
    CHECK(m.tensors()[i].offset == same.tensors()[i].offset);
  }
  pass_over<float> p(7);
  p.loss(m);
  session<whole> run(7);
  run.forward(std::as_const(m).view(), p.hidden.data(), 7);
  for (std::size_t i = 0; i < 21; ++i)
    CHECK(p.run.output()[i] ==
          doctest::Approx(run.output()[i * 37 + static_cast<std::size_t>(p.targets[i])]).epsilon(1e-6));
  const std::vector<float> in_training(p.run.output().begin(), p.run.output().end());
  p.loss(m, mode::evaluation);
  CHECK(std::ranges::equal(in_training, p.run.output()));
}
TEST_CASE("the same bits for any team, without allocation; float agrees with double; gradients are added") {
  std::vector<float> first;
  for (int threads : {1, 2, 3}) {
    const model<end> m{seed{1}};
    pass_over<float> p(600, threads);
    p.backward(m);
    std::vector<float> all = p.gradients;
    all.insert(all.end(), p.run.input_gradient(0).begin(), p.run.input_gradient(0).end());
    if (threads == 1) first = all;
    CHECK(all == first);
    const auto once = p.gradients;
    const long before = allocation_count();
    p.run.forward(m.view(), p.in, 600, mode::training);
    p.run.backward(m.view(), p.gradients.data(), true);
    CHECK(allocation_count() == before);
    for (const tensor_info& t : m.tensors())
      for (long i = 0; t.trained && i < t.s.size(); ++i) {
        const auto k = static_cast<std::size_t>(t.place<float>(i));
        CHECK(p.gradients[k] == 2 * once[k]);
      }
  }
  model<end> m{seed{1}};
  model<end, double> wide{seed{1}};
  for (const tensor_info& t : m.tensors()) {
    const auto v = m.get(t.name);
    wide.set(t.name, std::vector<double>(v.begin(), v.end()));
  }
  pass_over<float> p(50);
  pass_over<double> q(50);
  p.backward(m);
  q.backward(wide);
  CHECK(difference(p.run.input_gradient(0), q.run.input_gradient(0)) < 1e-5);
  for (std::size_t i = 0; i < 2; ++i)
    CHECK(difference(m.tensors()[i].read(p.gradients.data()), wide.tensors()[i].read(q.gradients.data())) < 1e-5);
}
TEST_CASE("targets out of use, and a backward pass behind one in evaluation, are told") {
  model<end> m{seed{1}};
  pass_over<float> p(2);
  const auto complaint = [](const auto& f) -> std::string {
    try {
      f();
    } catch (const error& e) {
      return e.what();
    }
    return "";
  };
  p.targets[4] = 37;
  CHECK(complaint([&] { p.loss(m); }) == "token_likelihood<37>: example 1, position 1: got 37, expected 0 to 36");
  p.targets[4] = 35;
  m.set("0.used", std::vector<float>{35});
  CHECK(complaint([&] { p.loss(m); }) == "token_likelihood<37>: example 1, position 1: got 35, expected 0 to 34");
  m.set("0.used", std::vector<float>{36});
  CHECK(complaint([&] { p.backward(m); }).empty());
  p.loss(m, mode::evaluation);
  CHECK(complaint([&] { p.run.backward(std::as_const(m).view(), p.gradients.data()); }) ==
        "token_likelihood<37>: backward wants a forward pass in training, got one in evaluation");
}
TEST_CASE_TEMPLATE("PyTorch", T, double, float) {
  fixtures::matches<
      net<inputs<named<"hidden", input<4, 5>>, named<"targets", tokens<21, 4>>, named<"coefficients", input<4>>>,
          token_likelihood<21>>,
      T>("token_likelihood");
}
