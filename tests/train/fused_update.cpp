#include <doctest/doctest.h>
#include <genet/train/fused_update.hpp>
#include <genet/train/trainer.hpp>

#include "small_nets.hpp"

using namespace genet;
using namespace small_nets;

namespace {

/// The weights after three epochs, of which the last batches are smaller.
template <class Optimiser>
auto trained(Optimiser optimiser, training_options options = {}) {
  model<article> m{seed{4}};
  trainer fit{m, elbo{.beta = 0.5}, optimiser, cosine{}, options};
  fit.run(pictures(50, 12, 1), epochs{3}, batch{16});
  auto all = parameters(m);
  const auto more = state(m);
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

template <class Optimiser>
void is_the_same_fused(const Optimiser& optimiser) {
  const std::vector<parameter_rule> rules{{.name = "encoder", .rate = 0.5},
                                          {.member_of = parameter_group::bias, .weight_decay = 0.1}};
  for (const auto& some : {std::vector<parameter_rule>{}, rules}) {
    const auto fused = trained(fused_update{optimiser}, {.rules = some});
    CHECK(trained(optimiser, {.rules = some}) == fused);
    // Limits so far away that nothing is clipped ask for whole gradients.
    CHECK(trained(optimiser, {.clip_norm = 1e30, .rules = some}) == fused);
    CHECK(trained(optimiser, {.clip_value = 1e30, .rules = some}) == fused);
  }
}

struct twice : elbo {
  static constexpr int contributions = 2;
};

}  // namespace

TEST_CASE("stepping weights in the backward pass is stepping them after it, bit for bit") {
  is_the_same_fused(adam{.learning_rate = 0.01, .weight_decay = 0.01});
  is_the_same_fused(adamw{.learning_rate = 0.01});
  is_the_same_fused(sgd{.learning_rate = 0.01, .momentum = 0.9, .dampening = 0.5});
  is_the_same_fused(sgd{.learning_rate = 0.01});
  is_the_same_fused(rmsprop{.learning_rate = 0.001});
}

TEST_CASE("what needs whole gradients is refused") {
  model<mlp> m{seed{1}};
  const auto refused = [&](training_options options) {
    CHECK_THROWS_WITH_AS((trainer{m, elbo{}, fused_update{adam{}}, constant{}, options}),
                         doctest::Contains("fused_update keeps no gradients"), usage_error);
  };
  refused({.accumulate = 2});
  refused({.clip_norm = 1});
  refused({.clip_value = 1});
}

TEST_CASE("an objective says how many contributions a weight gets") {
  static_assert(contributions_of<elbo> == 1 && contributions_of<twice> == 2);
}
