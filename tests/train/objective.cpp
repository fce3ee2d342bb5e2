#include <genet/train/objective.hpp>

#include <genet/train/callbacks.hpp>
#include <genet/train/trainer.hpp>

#include "fixture.hpp"
#include "small_nets.hpp"

using namespace genet;
using namespace small_nets;

namespace {

struct layer : net<input<3>, dense<3>> {};

/// Loss of an objective as a function of the parameters, in double, and its gradient.
template <class Net, class Objective>
double loss_of(const model<Net, double>& m, const Objective& o, const example_batch<double>& b, double weight = 1,
               std::vector<double>* gradient = nullptr, training_progress p = {}) {
  session<Net, double> run(b.rows);
  run.forward(m.view(), b.x, b.rows, mode::evaluation, {});
  const auto measured = o.template measure<Net>(run, b, p, weight);
  if (gradient) {
    gradient->assign(m.parameters().size(), 0);
    run.backward(m.view(), gradient->data());
  }
  return measured.loss;
}

template <class Net, class Objective>
double error_of(const Objective& o, const example_batch<double>& b, double weight, double spoil = 1) {
  model<Net, double> m{seed{4}};
  std::vector<double> analytic;
  loss_of(m, o, b, weight, &analytic);
  for (double& g : analytic) g *= spoil;
  auto f = [&](const std::vector<double>& w) {
    std::copy(w.begin(), w.end(), m.parameters().begin());
    return weight * loss_of(m, o, b);
  };
  return gradient_error(f, parameters(m), analytic);
}

/// Half the squared length of the output plus a tenth of its sum: two terms by name.
struct own_objective {
  double share = 0.1;
  static constexpr std::array<std::string_view, 2> terms{"length", "sum"};
  std::vector<std::pair<std::string_view, double>> options() const { return {{"share", share}}; }

  template <class Net, class Session, class T>
  measured<2> measure(Session& s, const example_batch<T>& b, const training_progress&, double weight) const {
    const auto y = s.output();
    double length = 0, sum = 0;
    for (T v : y) {
      length += 0.5 * static_cast<double>(v * v);
      sum += static_cast<double>(v);
    }
    const double n = static_cast<double>(b.rows);
    if constexpr (Session::can != capability::forward) {
      const auto dy = s.output_gradient();
      for (std::size_t i = 0; i < dy.size(); ++i)
        dy[i] = static_cast<T>(weight / n * (static_cast<double>(y[i]) + share));
    }
    return {(length + share * sum) / n, {length / n, sum / n}};
  }
};

}  // namespace

TEST_CASE("a loss becomes an objective: value per example, gradients of weight times it") {
  const auto x = numbers(5 * 3, 1);
  const example_batch<double> b{x.data(), nullptr, 5};
  model<layer, double> m{seed{4}};
  session<layer, double, capability::forward> run(5);
  run.forward(m.view(), x.data(), 5);
  double squares = 0;
  for (std::size_t i = 0; i < x.size(); ++i) squares += (run.output()[i] - x[i]) * (run.output()[i] - x[i]);
  const training_progress p{};
  CHECK(objective_of(mse{}).measure<layer>(run, b, p, 1.0).loss == doctest::Approx(squares / 15));
  CHECK(objective_of(mse{}).measure<layer>(run, b, p, 0.25).loss == doctest::Approx(squares / 15));
  CHECK(objective_of(mse{.reduce = reduction::sum_per_example}).measure<layer>(run, b, p, 1.0).loss ==
        doctest::Approx(squares / 5));

  for (double weight : {1.0, 0.3}) {
    CHECK(error_of<layer>(objective_of(mse{}), b, weight) < 1e-6);
    CHECK(error_of<layer>(objective_of(huber{.delta = 0.4}), b, weight) < 1e-6);
    CHECK(error_of<layer>(objective_of(mse{.reduce = reduction::sum}), b, weight) < 1e-6);
    CHECK(error_of<layer>(own_objective{}, b, weight) < 1e-6);
    CHECK(error_of<layer>(objective_of(mse{}), b, weight, 1.0001) > 5e-5);
  }
  static_assert(decltype(objective_of(mse{}))::terms.empty());
  static_assert(std::is_same_v<decltype(objective_of(own_objective{})), own_objective>);
}

TEST_CASE("cross-entropy needs labels and reports how many are right") {
  const auto x = numbers(6 * 3, 2);
  const std::vector<std::int32_t> labels{0, 2, 1, 1, 0, 2};
  const example_batch<double> b{x.data(), labels.data(), 6};
  const auto o = objective_of(cross_entropy{.label_smoothing = 0.2});
  CHECK(error_of<layer>(o, b, 0.5) < 1e-6);
  CHECK(error_of<layer>(o, b, 0.5, 1.0001) > 5e-5);

  model<layer, double> m{seed{4}};
  session<layer, double, capability::forward> run(6);
  run.forward(m.view(), x.data(), 6);
  int right = 0;
  for (std::size_t r = 0; r < 6; ++r) {
    const auto y = run.output().subspan(3 * r, 3);
    right += std::max_element(y.begin(), y.end()) - y.begin() == labels[r];
  }
  CHECK(o.measure<layer>(run, b, training_progress{}, 1.0).terms[0] == doctest::Approx(right / 6.0));
  CHECK_THROWS_AS(o.measure<layer>(run, example_batch<double>{x.data(), nullptr, 6}, training_progress{}, 1.0),
                  bad_input);
}

TEST_CASE("a user's objective trains, and its terms are in the history by name") {
  const auto train = pictures(20, 12, 3);
  model<autoencoder> m{seed{1}};
  trainer fit{m, own_objective{}, adam{.learning_rate = 0.02}};
  const history h = fit.run(train, epochs{20}, batch{5});
  const auto first = *h.find(1, "train"), last = *h.last("train");
  REQUIRE(last.terms.size() == 2);
  CHECK(last.terms[0].name == "length");
  CHECK(last.terms[1].name == "sum");
  CHECK(last.loss == doctest::Approx(last.terms[0].value + 0.1 * last.terms[1].value));
  CHECK(last.loss < 0.5 * first.loss);
}
