#include <genet/models/importance_bound.hpp>

#include <cmath>
#include <vector>

#include <genet/tensor/linear.hpp>
#include <genet/train/trainer.hpp>

#include "../train/fixture.hpp"
#include "../train/small_nets.hpp"

using namespace genet;
using namespace small_nets;

namespace {

constexpr long d = 6, q = 2;
struct linear_encoder : net<input<d>, heads<head<"mean", dense<q>>, head<"log_variance", learned<q>>>> {};
struct linear_decoder : net<input<q>, dense<d>> {};
template <class Variance>
using linear = vae<linear_encoder, linear_decoder, gaussian<Variance>>;

/// log N(x; b, W W^T + diag(v)) of a linear decoder.
template <class Model>
double log_density(const Model& m, std::span<const float> x, const std::vector<double>& v) {
  const auto w = m.get("decoder.0.weight"), b = m.get("decoder.0.bias");
  std::vector<double> covariance(d * d), off(d);
  for (std::size_t i = 0; i < d; ++i) {
    off[i] = static_cast<double>(x[i]) - b[i];
    for (std::size_t j = 0; j < d; ++j)
      for (std::size_t k = 0; k < q; ++k) covariance[i * d + j] += w[i * q + k] * w[j * q + k];
    covariance[i * d + i] += v.size() == 1 ? v[0] : v[i];
  }
  REQUIRE(tensor::cholesky(d, covariance.data()));
  double log_determinant = 0, squares = 0;
  for (std::size_t i = 0; i < d; ++i) {  // y = L^-1 off
    for (std::size_t j = 0; j < i; ++j) off[i] -= covariance[i * d + j] * off[j];
    off[i] /= covariance[i * d + i];
    squares += off[i] * off[i];
    log_determinant += 2 * std::log(covariance[i * d + i]);
  }
  return -0.5 * (d * std::log(2 * 3.14159265358979323846) + log_determinant + squares);
}

data::examples points(long n) {
  data::examples e{n, d, {}, {}};
  for (double x : numbers(n * d, 8)) e.x.push_back(static_cast<float>(2 * x));
  return e;
}

/// A decoder whose two directions are orthogonal, so that the true posterior has no correlations.
template <class Model>
void set_decoder(Model& m) {
  m.set("decoder.0.weight", std::vector<double>{1, 0, 0, 2, -0.5, 0, 0, 0.5, 2, 0, 0, -1});
  m.set("decoder.0.bias", std::vector<double>{0.1, 0.2, 0.3, -0.1, -0.2, -0.3});
}

}  // namespace

TEST_CASE("with the exact posterior each weight is the exact density: probabilistic PCA") {
  model<linear<learned_variance>, double> m{seed{1}};
  set_decoder(m);
  const double variance = 0.4;
  m.set("likelihood.log_variance", std::vector<double>{std::log(variance)});
  // covariance (W^T W / v + 1)^-1, mean its product with W^T (x - b) / v
  const auto w = m.get("decoder.0.weight"), b = m.get("decoder.0.bias");
  std::vector<double> weight(q * d), bias(q), log_variance(q);
  for (std::size_t k = 0; k < q; ++k) {
    double squares = 0;
    for (std::size_t i = 0; i < d; ++i) squares += w[i * q + k] * w[i * q + k];
    const double posterior = 1 / (squares / variance + 1);
    log_variance[k] = std::log(posterior);
    for (std::size_t i = 0; i < d; ++i) {
      weight[k * d + i] = posterior * w[i * q + k] / variance;
      bias[k] -= weight[k * d + i] * b[i];
    }
  }
  m.set("encoder.0.mean.weight", weight);
  m.set("encoder.0.mean.bias", bias);
  m.set("encoder.0.log_variance.value", log_variance);

  const auto x = points(131);  // more than one block
  for (long k : {1L, 3L, 700L}) {
    const auto found = importance_bound(m, k > 3 ? points(3) : x, k);
    double mean = 0;
    for (std::size_t i = 0; i < found.per_example.size(); ++i) {
      const double exact = log_density(m, x.row(static_cast<long>(i)), {variance});
      CHECK(found.per_example[i] == doctest::Approx(exact).epsilon(1e-9));
      mean += exact / static_cast<double>(found.per_example.size());
    }
    CHECK(found.nats == doctest::Approx(mean).epsilon(1e-9));
    CHECK(found.bits_per_dimension == doctest::Approx(-mean / 6 / std::log(2.0)).epsilon(1e-9));
  }
}

TEST_CASE_TEMPLATE("with another posterior it approaches the exact density from below", Variance, fixed_variance,
                   learned_variance, learned_variance_per_element) {
  model<linear<Variance>, double> m{seed{1}};
  set_decoder(m);
  std::vector<double> v{0.7};
  if constexpr (std::is_same_v<Variance, learned_variance_per_element>) v = {0.3, 0.5, 0.7, 0.9, 1.1, 1.3};
  if constexpr (!std::is_same_v<Variance, fixed_variance>) {
    auto s = v;
    for (double& x : s) x = std::log(x);
    m.set("likelihood.log_variance", s);
  }
  const auto x = points(60);
  double exact = 0;
  for (long i = 0; i < x.count; ++i) exact += log_density(m, x.row(i), v) / static_cast<double>(x.count);
  auto at = [&](long k) { return importance_bound(m, x, k, seed{5}, tensor::alone(), 0.7).nats; };
  const double one = at(1), some = at(50), many = at(5000);
  CHECK(one < some);
  CHECK(some < many);
  CHECK(one < exact - 1);
  CHECK(std::abs(many - exact) < 0.05);
}

TEST_CASE("float agrees with double, threads change nothing, and codes of a larger k go on from a smaller one") {
  model<linear<learned_variance>> f{seed{4}};
  model<linear<learned_variance>, double> g{seed{4}};
  for (const tensor_info& t : g.tensors()) {
    const auto v = g.get(t.name);
    f.set(t.name, std::vector<float>(v.begin(), v.end()));
  }
  const auto x = points(20);
  const auto a = importance_bound(f, x, 40000).nats, b = importance_bound(g, x, 40000).nats;
  CHECK(a == doctest::Approx(b).epsilon(2e-3));  // their noise differs
  const auto once = importance_bound(f, x, 33, seed{2}).per_example;
  tensor::team team{3};
  CHECK(importance_bound(f, x, 33, seed{2}, team).per_example == once);
  CHECK(importance_bound(f, x, 33, seed{3}).per_example != once);

  // of two codes, the second one: exp(bound of 2) * 2 - exp(bound of 1) is a weight, so it is positive
  const auto first = importance_bound(g, x, 1).per_example, both = importance_bound(g, x, 2).per_example;
  for (std::size_t i = 0; i < first.size(); ++i) CHECK(2 * std::exp(both[i]) > std::exp(first[i]));
}

TEST_CASE("of a trained model: one code is the ELBO, more are not below, as the objective says") {
  const auto x = pictures(200, 12, 1);
  model<vae<article_encoder, mlp_decoder, gaussian<learned_variance>>> m{seed{1}};
  trainer fit{m, elbo{}, adam{.learning_rate = 0.01}};
  fit.run(x, epochs{40}, batch{20});
  const double elbo_of_it = -fit.evaluate(x, "").loss;
  const double one = importance_bound(m, x, 1).nats, fifty = importance_bound(m, x, 50).nats,
               more = importance_bound(m, x, 200).nats;
  MESSAGE("ELBO " << elbo_of_it << ", with 1, 50, 200 codes " << one << ", " << fifty << ", " << more);
  CHECK(std::abs(one - elbo_of_it) < 0.2);
  CHECK(fifty > one + 0.1);
  CHECK(more > fifty - 0.002);
  CHECK(-trainer{m, iwae{.samples = 50}, sgd{}}.evaluate(x, "").loss == doctest::Approx(fifty).epsilon(0.01));
  CHECK(importance_bound(m, x, 50).standard_error > 0);
}

TEST_CASE("what it refuses") {
  const model<mlp> m{seed{1}};
  const auto x = pictures(5, 12, 1);
  CHECK_THROWS_WITH_AS(importance_bound(m, x, 0), "importance_bound: k must be at least 1, got 0", usage_error);
  CHECK_THROWS_WITH_AS(importance_bound(m, data::examples{}, 1), "importance_bound: there are no examples", bad_input);
  CHECK_THROWS_WITH_AS(importance_bound(m, pictures(5, 13, 1), 1),
                       "importance_bound: the examples have 13 features, the model takes 12", bad_input);
}
