#include <genet/train/l1_shrinkage.hpp>

#include <doctest/doctest.h>

#include <genet/kernels.hpp>
#include <genet/train/trainer.hpp>

using namespace genet;

namespace {

struct linear : net<input<3>, dense<3>> {};

data::examples axes() {
  data::examples e{.count = 3, .features = 3, .x = {1, 0, 0, 0, 1, 0, 0, 0, 1}, .labels = {}};
  return e;
}

}  // namespace

TEST_CASE("each step moves weights towards zero, and not beyond; biases stay") {
  model<linear> m{seed{3}};
  const auto w = m.get("0.weight"), b = m.get("0.bias");
  trainer fit{m, mse{}, sgd{.learning_rate = 0}};  // the schedule gives 0: nothing moves
  fit.add(l1_shrinkage{m, 1.});
  fit.run(axes(), epochs{1}, batch{3});
  CHECK(m.get("0.weight") == w);

  // one accumulated step of two batches with a rate so small that the gradient does nothing but the penalty does
  trainer slow{m, mse{}, sgd{.learning_rate = 1e-9}, constant{}, training_options{.accumulate = 3}};
  slow.add(l1_shrinkage{m, 0.25e9});
  slow.run(axes(), epochs{1}, batch{1});
  const auto after = m.get("0.weight");
  long zeros = 0;
  for (std::size_t i = 0; i < w.size(); ++i) {
    const float size = std::max(std::abs(w[i]) - 0.25f, 0.f);
    CHECK(after[i] == doctest::Approx(std::copysign(size, w[i])).epsilon(1e-5));
    zeros += after[i] == 0;
  }
  CHECK((zeros > 0 && zeros < 9));
  for (std::size_t i = 0; i < b.size(); ++i) CHECK(m.get("0.bias")[i] == doctest::Approx(b[i]).epsilon(1e-6));
}

TEST_CASE("the minimum of a quadratic with a penalty: soft thresholds") {
  // (w - 1)^2 on the diagonal, w^2 beside it, and |w| / 2: 2 (w - 1) + 1/2 = 0; biases do not move
  model<linear> m{seed{1}};
  const std::vector<float> none(3);
  m.set("0.bias", none);
  trainer fit{m, mse{reduction::sum}, sgd{.learning_rate = 0.1}, constant{},
              training_options{.rules = {{.member_of = parameter_group::bias, .rate = 0}}}};
  fit.add(l1_shrinkage{m, 0.5});
  fit.run(axes(), epochs{300}, batch{3});
  const auto w = m.get("0.weight");
  for (std::size_t i = 0; i < 9; ++i) CHECK(w[i] == doctest::Approx(i % 4 == 0 ? 0.75 : 0).epsilon(1e-5));
}
