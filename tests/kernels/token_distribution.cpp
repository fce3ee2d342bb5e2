#include <doctest/doctest.h>
#include <genet/kernels/add.hpp>
#include <genet/kernels/token_distribution.hpp>

#include <limits>
#include <string>

#include "checks.hpp"
#include "convolutions.hpp"
#include "fixtures.hpp"

using namespace genet;
using namespace checks;

namespace {

using small = net<input<3, 5>, token_distribution<37>>;

}  // namespace

TEST_CASE("gradients, float and double, partial batches") {
  everything<small>();
  gradients_are_right<net<input<1, 17>, token_distribution<1>>>();
  gradients_are_right<net<input<2, 4>, residual<token_distribution<4>>>>();
}
TEST_CASE("a wrong gradient is noticed") {
  gradients_are_wrong<net<input<3, 5>, wrong<token_distribution<37>, 0>>>();
  gradients_are_wrong<net<input<3, 5>, wrong<token_distribution<37>, -1, 1>>>();
}
TEST_CASE("the same bits for any team, without allocation") {
  teams_agree<net<input<30, 5>, token_distribution<37>>>();
}
TEST_CASE("no examples: no gradients") { no_examples_no_gradients<small>(); }
TEST_CASE("tokens that are not in use have no probability and no gradient, and change nothing for the others") {
  using few = net<input<3, 5>, token_distribution<30>>;
  model<small, double> m{seed{1}};
  model<few, double> other{seed{2}};
  const auto first = [](std::vector<double> v, std::size_t n) { return v.resize(n), v; };
  other.set("0.weight", first(m.get("0.weight"), 150));
  other.set("0.bias", first(m.get("0.bias"), 30));
  m.set("0.used", std::vector<double>{30});
  session<small, double, capability::full_gradient> run(2);
  session<few, double, capability::full_gradient> run_few(2);
  run.poison(1e30);
  const auto x = numbers<double>(30, 1), dy = numbers<double>(180, 2);
  run.forward(m.view(), x.data(), 2);
  run_few.forward(other.view(), x.data(), 2);
  for (std::size_t r = 0; r < 6; ++r)
    for (std::size_t t = 0; t < 37; ++t) {
      CHECK(run.output()[r * 37 + t] ==
            (t < 30 ? run_few.output()[r * 30 + t] : -std::numeric_limits<double>::infinity()));
      run.output_gradient()[r * 37 + t] = t < 30 ? dy[r * 30 + t] : 1e30;
      if (t < 30) run_few.output_gradient()[r * 30 + t] = dy[r * 30 + t];
    }
  std::vector<double> g(m.parameters().size(), 1e30), few_g(other.parameters().size());
  run.backward(m.view(), g.data());
  run_few.backward(other.view(), few_g.data());
  CHECK(std::ranges::equal(run.input_gradient(), run_few.input_gradient()));
  for (const tensor_info& t : m.tensors())
    if (t.trained) {
      auto all = t.read(g.data());
      for (std::size_t i = 30 * all.size() / 37; i < all.size(); ++i) CHECK(all[i] == 0);
      for (const tensor_info& u : other.tensors())
        if (u.name == t.name) CHECK(first(all, 30 * all.size() / 37) == u.read(few_g.data()));
    }
}
TEST_CASE("a number of tokens in use that makes no sense is told") {
  model<small> m{seed{1}};
  session<small> run(1);
  const auto x = numbers<float>(15, 1);
  for (const float used : {0.0F, 38.0F, std::numeric_limits<float>::quiet_NaN()}) {
    m.set("0.used", std::vector<float>{used});
    std::string what;
    try {
      run.forward(m.view(), x.data(), 1);
    } catch (const bad_input& e) {
      what = e.what();
    }
    CHECK(what.starts_with("token_distribution<37>: `used` is "));
    CHECK(what.ends_with(", expected 1 to 37"));
  }
}
TEST_CASE_TEMPLATE("PyTorch", T, double, float) {
  fixtures::matches<net<input<4, 5>, token_distribution<21>>, T>("token_distribution");
}
