#include <genet/io/safetensors.hpp>
#include <genet/random/initialisers.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

using namespace genet;

namespace {

template <class T>
std::vector<T> filled(const shape& s, const initialiser& how, long fan_in, std::uint64_t seed = 1) {
  std::vector<T> w(static_cast<std::size_t>(s.size()), T(77));
  rng::fill(std::span(w), s, how, fan_in, {.seed = seed});
  return w;
}

struct spread {
  double mean, deviation, largest;
};

template <class T> spread describe(const std::vector<T>& w) {
  spread d{0, 0, 0};
  for (const T v : w) {
    d.mean += static_cast<double>(v) / static_cast<double>(w.size());
    d.largest = std::max(d.largest, std::abs(static_cast<double>(v)));
  }
  for (const T v : w) d.deviation += std::pow(static_cast<double>(v) - d.mean, 2) / static_cast<double>(w.size());
  d.deviation = std::sqrt(d.deviation);
  return d;
}

}  // namespace

TEST_CASE_TEMPLATE("deviations and bounds are those of PyTorch", T, float, double) {
  const auto torch = io::tensor_file::read("tests/fixtures/torch/initialisers.safetensors");
  const std::pair<std::string, initialiser> cases[] = {
      {"fan_in_uniform", fan_in_uniform},
      {"xavier_uniform", xavier_uniform},
      {"xavier_uniform_tanh", {initialiser::formula::xavier_uniform, 1.66666666667}},
      {"xavier_normal", xavier_normal},
      {"kaiming_uniform", kaiming_uniform},
      {"kaiming_uniform_leaky", {initialiser::formula::kaiming_uniform, 0.2}},
      {"kaiming_normal", kaiming_normal},
      {"orthogonal", orthogonal}};
  for (const auto& [name, how] : cases)
    for (const auto& [out, in] : {std::pair{64, 32}, {32, 64}, {10, 200}}) {
      const std::string prefix = name + "_" + std::to_string(out) + "x" + std::to_string(in);
      INFO(prefix);
      std::vector<T> all;
      for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const auto w = filled<T>(shape_of({out, in}), how, in, seed);
        all.insert(all.end(), w.begin(), w.end());
      }
      const auto got = describe(all);
      const double deviation = torch.get<double>(prefix + "/deviation")[0];
      CHECK(std::abs(got.mean) < 0.04 * deviation);
      CHECK(got.deviation == doctest::Approx(deviation).epsilon(0.02));
      if (torch.find(prefix + "/bound")) {
        const double bound = torch.get<double>(prefix + "/bound")[0];
        CHECK(got.largest <= bound * (1 + 1e-7));
        CHECK(got.largest > 0.99 * bound);
      }
    }
}

TEST_CASE_TEMPLATE("constants, ranges and normal numbers", T, float, double) {
  const shape s = shape_of({50, 40});
  const auto constant = filled<T>(s, {initialiser::formula::constant, 0.25}, 40);
  CHECK(std::count(constant.begin(), constant.end(), T(0.25)) == 2000);
  const auto zero = filled<T>(s, zeros, 40), one = filled<T>(s, ones, 40);
  CHECK(std::count(zero.begin(), zero.end(), T(0)) == 2000);
  CHECK(std::count(one.begin(), one.end(), T(1)) == 2000);
  const auto range = filled<T>(s, {initialiser::formula::uniform, -0.5, 1.5}, 40);
  CHECK(*std::min_element(range.begin(), range.end()) >= T(-0.5));
  CHECK(*std::max_element(range.begin(), range.end()) < T(1.5));
  CHECK(describe(range).mean == doctest::Approx(0.5).epsilon(0.1));
  const auto normal = describe(filled<T>(s, {initialiser::formula::normal, 3, 0.02}, 40));
  CHECK(normal.mean == doctest::Approx(3).epsilon(1e-3));
  CHECK(normal.deviation == doctest::Approx(0.02).epsilon(0.07));
}

TEST_CASE_TEMPLATE("orthogonal weights are orthonormal on the shorter side, times the gain", T, float, double) {
  for (const shape& s : {shape_of({5, 30}), shape_of({30, 5}), shape_of({8, 3, 2, 2}), shape_of({6, 6})}) {
    const long out = s[0], in = s.size() / out, n = std::min(out, in);
    const auto w = filled<T>(s, {initialiser::formula::orthogonal, 2}, in);
    auto at = [&](long v, long l) {
      return static_cast<double>(w[static_cast<std::size_t>(out <= in ? v * in + l : l * in + v)]);
    };
    double bad = 0;
    for (long i = 0; i < n; ++i)
      for (long j = 0; j < n; ++j) {
        double dot = 0;
        for (long l = 0; l < std::max(out, in); ++l) dot += at(i, l) * at(j, l);
        bad = std::max(bad, std::abs(dot - 4 * (i == j)));
      }
    CHECK(bad < (sizeof(T) == 4 ? 1e-5 : 1e-13));
  }
  // no preferred sign: without the correction by R's diagonal the first element of Q would always be negative or
  // positive
  int positive = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed)
    positive += filled<T>(shape_of({3, 3}), orthogonal, 3, seed)[0] > T(0);
  CHECK(positive > 25);
  CHECK(positive < 75);
}

TEST_CASE("a bias uses its weight's fan-in; keys give other draws") {
  const auto bias = describe(filled<float>(vector_shape(10'000), fan_in_uniform, 25));
  CHECK(bias.largest <= 0.2);
  CHECK(bias.largest > 0.199);
  CHECK(filled<float>(shape_of({4, 4}), xavier_normal, 4, 1) == filled<float>(shape_of({4, 4}), xavier_normal, 4, 1));
  CHECK(filled<float>(shape_of({4, 4}), xavier_normal, 4, 1) != filled<float>(shape_of({4, 4}), xavier_normal, 4, 2));
}
