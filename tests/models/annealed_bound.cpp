#include <genet/models/annealed_bound.hpp>

#include <cmath>
#include <vector>

#include "../train/small_nets.hpp"
#include "linear_vae.hpp"

using namespace genet;
using namespace linear_vae;

TEST_CASE("of a linear decoder it is the exact density, and so is the importance weighted bound of many codes") {
  model<linear, double> m{seed{1}};
  set(m, 0.1);
  for (const bool holes : {false, true}) {
    CAPTURE(holes);
    const auto x = points(12, holes);
    const auto found = annealed_bound(m, x, {.temperatures = 1000});
    double exact = 0;
    for (long i = 0; i < x.count; ++i) {
      const double own = log_density(m, x.row(i));
      CHECK(std::abs(found.per_example[static_cast<std::size_t>(i)] - own) < 0.2);
      exact += own / 12;
    }
    MESSAGE("exact " << exact << ", annealed " << found.nats);
    CHECK(std::abs(found.nats - exact) < 0.05);
    if (!holes) CHECK(std::abs(importance_bound(m, x, 2000).nats - exact) < 0.05);
  }
}

TEST_CASE("bounds from both sides close about the exact density of examples that the model drew") {
  model<linear, double> m{seed{1}};
  set(m, 0.1);
  const auto rough = bidirectional_bound(m, 20, {.temperatures = 10, .chains = 4});
  const auto fine = bidirectional_bound(m, 20, {.temperatures = 300, .chains = 4});
  MESSAGE("gap of 10 temperatures " << rough.gap << ", of 300 " << fine.gap);
  CHECK(rough.gap > fine.gap);
  CHECK(fine.gap < 0.5);
  CHECK(fine.gap > -0.05);
}

TEST_CASE("of decoders that are not linear it agrees with very many codes, with labels too") {
  const auto x = small_nets::classes_of_pictures(6);
  model<small_nets::labelled> m{seed{4}};
  for (const tensor_info& t : m.tensors())  // a decoder that says something
    if (t.name.starts_with("decoder")) {
      auto w = m.get(t.name);
      for (float& v : w) v *= 3;
      m.set(t.name, w);
    }
  const auto a = annealed_bound(m, x, {.temperatures = 200}), b = importance_bound(m, x, 50000);
  for (std::size_t i = 0; i < 6; ++i) CHECK(a.per_example[i] == doctest::Approx(b.per_example[i]).epsilon(0.01));
  CHECK(a.bits_per_dimension == doctest::Approx(-a.nats / 12 / std::log(2.)));

  const annealing quick{.temperatures = 5, .chains = 3};
  tensor::team team{3};
  CHECK(annealed_bound(m, x, quick, team).per_example == annealed_bound(m, x, quick).per_example);
  CHECK(bidirectional_bound(m, 5, quick, team).upper.per_example == bidirectional_bound(m, 5, quick).upper.per_example);
  CHECK(annealed_bound(m, x, {.temperatures = 1, .chains = 2}).nats < a.nats);
}

TEST_CASE("what it refuses") {
  const model<small_nets::labelled> m{seed{1}};
  const auto x = small_nets::classes_of_pictures(2);
  CHECK_THROWS_WITH_AS(
      annealed_bound(m, x, {.temperatures = 0}),
      "annealed_bound: found 16 chains of 0 transitions of at most 10 leapfrog steps, expected at least 1 of each",
      usage_error);
  CHECK_THROWS_AS(annealed_bound(m, x, {.target_acceptance = 1}), usage_error);
  CHECK_THROWS_WITH_AS(annealed_bound(m, data::examples{}), "annealed_bound: there are no examples", bad_input);
  CHECK_THROWS_WITH_AS(bidirectional_bound(m, 0), "bidirectional_bound: found 0 examples, expected at least 1",
                       usage_error);
}
