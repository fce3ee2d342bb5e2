#include <genet/train/elbo.hpp>

#include <genet/tensor/linear.hpp>
#include <genet/train/trainer.hpp>

#include "fixture.hpp"
#include "small_nets.hpp"

using namespace genet;
using namespace small_nets;

namespace {

template <class Likelihood> using vae_of = vae<mlp_encoder, mlp_decoder, Likelihood>;

const io::tensor_file& fixture() {
  static const auto file = io::tensor_file::read("tests/fixtures/torch/layers.safetensors");
  return file;
}

template <class T> struct pass {
  measured<2> values;
  std::vector<T> gradients;
};

template <class Vae, class T>
pass<T> pass_of(const model<Vae, T>& m, const elbo& o, const std::vector<T>& x, const std::vector<T>& noise,
                double weight = 1, training_progress p = {}) {
  const long rows = static_cast<long>(x.size()) / Vae::input_shape.size();
  session<Vae, T> run(rows);
  run.poison(T(1e30));
  run.inject_noise(0, noise.data());
  run.forward(m.view(), x.data(), rows, mode::training, {});
  pass<T> r{o.measure<Vae>(run, example_batch<T>{x.data(), nullptr, rows}, p, weight),
            std::vector<T>(m.parameters().size())};
  run.backward(m.view(), r.gradients.data());
  return r;
}

template <class T> std::vector<T> to(const std::vector<double>& v) { return {v.begin(), v.end()}; }

template <class Likelihood, class T> void agrees_with_torch(const std::string& name) {
  CAPTURE(name);
  using Vae = vae_of<Likelihood>;
  model<Vae, T> m{seed{1}};
  for (const tensor_info& t : m.tensors())
    m.set(t.name, fixture().get<T>(name + "/parameter." + std::string(t.name)));
  const elbo o{.beta = fixture().get<double>(name + "/beta")[0]};
  const auto p = pass_of(m, o, fixture().get<T>(name + "/input"), fixture().get<T>(name + "/noise"));
  const double reconstruction = fixture().get<double>(name + "/reconstruction")[0];
  const double kl = fixture().get<double>(name + "/kl")[0];
  CHECK(difference(std::vector<double>{p.values.terms[0], p.values.terms[1], p.values.loss},
                   {reconstruction, kl, reconstruction + kl}) < tolerance<T>);
  for (const tensor_info& t : m.tensors()) {
    CAPTURE(t.name);
    CHECK(difference(t.read(p.gradients.data()), fixture().get<double>(name + "/gradient." + std::string(t.name))) < tolerance<T>);
  }
}

/// Of beta-weighted terms, through encoder, noise and decoder; `spoil` makes the analytic gradient wrong.
template <class Vae> double gradient_error_of(const elbo& o, double spoil = 1, training_progress p = {}) {
  model<Vae, double> m{seed{5}};
  if constexpr (learns_variance<typename Vae::likelihood>) {
    auto s = m.get("likelihood.log_variance");
    for (std::size_t i = 0; i < s.size(); ++i) s[i] = -0.4 + 0.05 * static_cast<double>(i);
    m.set("likelihood.log_variance", s);
  }
  auto x = numbers(4 * 12, 3), noise = numbers(4 * 3, 4);
  for (double& v : x) v = 0.5 + 0.49 * v;
  const double weight = 0.7;
  auto analytic = pass_of(m, o, x, noise, weight, p).gradients;
  const auto last = model<Vae, double>::tensors().back();  // of the parameters: decoder's bias or the log-variance
  for (long i = 0; i < last.s.size(); ++i) analytic[static_cast<std::size_t>(last.offset + i)] *= spoil;
  auto f = [&](const std::vector<double>& w) {
    std::copy(w.begin(), w.end(), m.parameters().begin());
    const auto v = pass_of(m, o, x, noise, 1.0, p).values;
    return weight * (v.terms[0] + o.beta_at(p) * v.terms[1]);
  };
  return gradient_error(f, parameters(m), analytic);
}

}  // namespace

TEST_CASE_TEMPLATE("values and gradients are PyTorch's", T, float, double) {
  agrees_with_torch<bernoulli, T>("vae_bernoulli");
  agrees_with_torch<continuous_bernoulli, T>("vae_continuous_bernoulli");
  agrees_with_torch<gaussian<learned_variance>, T>("vae_gaussian");
}

TEST_CASE("gradients agree with central differences, the log-variance's too") {
  const elbo o{.beta = 1.7, .variance = 0.3};
  CHECK(gradient_error_of<vae_of<bernoulli>>(o) < 1e-6);
  CHECK(gradient_error_of<vae_of<continuous_bernoulli>>(o) < 1e-6);
  CHECK(gradient_error_of<vae_of<gaussian<>>>(o) < 1e-6);
  CHECK(gradient_error_of<vae_of<gaussian<learned_variance>>>(o) < 1e-6);
  CHECK(gradient_error_of<vae_of<gaussian<learned_variance_per_element>>>(o) < 1e-6);
  CHECK(gradient_error_of<vae_of<bernoulli>>(o, 1.001) > 1e-5);
  CHECK(gradient_error_of<vae_of<gaussian<learned_variance>>>(o, 1.001) > 1e-5);
  CHECK(gradient_error_of<vae_of<gaussian<learned_variance_per_element>>>(o, 1.001) > 1e-5);
}

TEST_CASE("beta rises during the warm-up and weighs gradients, not the reported bound") {
  const elbo plain{.beta = 3}, rising{.beta = 3, .warm_up = 4};
  CHECK(plain.beta_at({.epochs_done = 0}) == 3);
  CHECK(rising.beta_at({.epochs_done = 0}) == 0);
  CHECK(rising.beta_at({.epochs_done = 1}) == doctest::Approx(0.75));
  CHECK(rising.beta_at({.epochs_done = 2.5}) == doctest::Approx(1.875));
  CHECK(rising.beta_at({.epochs_done = 4}) == 3);
  CHECK(rising.beta_at({.epochs_done = 40}) == 3);
  CHECK(gradient_error_of<mlp>(rising, 1, {.epochs_done = 1}) < 1e-6);

  model<mlp, double> m{seed{5}};
  auto x = numbers(4 * 12, 3), noise = numbers(4 * 3, 4);
  for (double& v : x) v = 0.5 + 0.49 * v;
  const auto none = pass_of(m, elbo{.beta = 0}, x, noise), one = pass_of(m, elbo{}, x, noise);
  const auto warm = pass_of(m, rising, x, noise, 1, {.epochs_done = 1});
  CHECK(none.values.loss == one.values.loss);
  CHECK(warm.values.loss == one.values.loss);
  CHECK(one.values.loss == one.values.terms[0] + one.values.terms[1]);
  std::vector<double> mixed;
  for (std::size_t i = 0; i < one.gradients.size(); ++i)
    mixed.push_back(0.25 * none.gradients[i] + 0.75 * one.gradients[i]);
  CHECK(difference(warm.gradients, mixed) < 1e-12);
  CHECK(difference(one.gradients, none.gradients) > 1e-3);
}

TEST_CASE_TEMPLATE("free bits: latent numbers that say less than them in the batch's mean are left alone", T, float,
                   double) {
  const auto file = io::tensor_file::read("tests/fixtures/torch/bounds.safetensors");
  auto get = [&](const std::string& what) { return file.get<T>("free_bits/" + what); };
  model<mlp, T> m{seed{1}};
  for (const tensor_info& t : m.tensors()) m.set(t.name, get("parameter." + std::string(t.name)));
  const elbo free{.free_bits = file.get<double>("free_bits/free_bits")[0]};
  const auto p = pass_of(m, free, get("input"), get("noise"));
  for (const tensor_info& t : m.tensors()) {
    CAPTURE(t.name);
    CHECK(difference(t.read(p.gradients.data()), file.get<double>("free_bits/gradient." + std::string(t.name))) <
          tolerance<T>);
  }
  // the reported bound knows nothing of them
  CHECK(p.values.loss == pass_of(m, elbo{}, get("input"), get("noise")).values.loss);
  double kl = 0;
  for (double of_one : file.get<double>("free_bits/kl_by_number")) kl += of_one;
  CHECK(p.values.terms[1] == doctest::Approx(kl).epsilon(1e-5));
}

TEST_CASE("free bits keep latent numbers in use that the divergence would switch off") {
  const auto train = pictures(60, 12, 1);
  auto kl = [&](double free_bits) {
    model<vae_of<gaussian<>>> m{seed{1}};
    trainer fit{m, elbo{.free_bits = free_bits}, adam{.learning_rate = 0.01}};
    return fit.run(train, epochs{40}, batch{10}).last("train")->terms[1].value;
  };
  CHECK(kl(0) < 0.3);
  CHECK(kl(0.5) > 0.5);
}

TEST_CASE("a larger beta presses the code towards the prior") {
  const auto train = pictures(60, 12, 1);
  auto kl = [&](elbo o) {
    model<vae_of<gaussian<>>> m{seed{1}};
    o.variance = 0.02;
    trainer fit{m, o, adam{.learning_rate = 0.01}};
    return fit.run(train, epochs{40}, batch{10}).last("train")->terms[1].value;
  };
  const double little = kl({.beta = 0.2}), usual = kl({}), much = kl({.beta = 8});
  CHECK(little > usual);
  CHECK(usual > 1.3 * much);
}

TEST_CASE("a linear VAE reaches the likelihood of probabilistic PCA") {
  constexpr long d = 6, q = 2, n = 1000;
  struct encoder : net<input<d>, heads<head<"mean", dense<q>>, head<"log_variance", learned<q>>>> {};
  struct decoder : net<input<q>, dense<d>> {};
  using linear = vae<encoder, decoder, gaussian<learned_variance>>;

  // two strong directions, noise and a mean
  std::vector<double> z(n * q), e(n * d);
  rng::normal(std::span<double>(z), rng::key{1, 0, 0});
  rng::normal(std::span<double>(e), rng::key{1, 1, 0});
  const auto mix = numbers(q * d, 9);
  data::examples train{n, d, {}, {}};
  for (long i = 0; i < n; ++i)
    for (long k = 0; k < d; ++k) {
      double v = 0.3 * static_cast<double>(k) + 0.4 * e[static_cast<std::size_t>(i * d + k)];
      for (long j = 0; j < q; ++j)
        v += 2 * z[static_cast<std::size_t>(i * q + j)] * mix[static_cast<std::size_t>(j * d + k)];
      train.x.push_back(static_cast<float>(v));
    }

  // Tipping & Bishop 1999, equations 3.12 and 3.13, from the eigenvalues of the sample covariance
  std::vector<double> mean(d), covariance(d * d), values(d), vectors(d * d);
  auto x = [&](long i, long k) { return static_cast<double>(train.x[static_cast<std::size_t>(i * d + k)]); };
  for (long i = 0; i < n; ++i)
    for (long k = 0; k < d; ++k) mean[static_cast<std::size_t>(k)] += x(i, k) / n;
  for (long i = 0; i < n; ++i)
    for (long a = 0; a < d; ++a)
      for (long b = 0; b < d; ++b)
        covariance[static_cast<std::size_t>(a * d + b)] +=
            (x(i, a) - mean[static_cast<std::size_t>(a)]) * (x(i, b) - mean[static_cast<std::size_t>(b)]) / n;
  REQUIRE(tensor::symmetric_eigen(d, covariance.data(), values.data(), vectors.data()));
  double noise = 0, log_determinant = 0;
  for (std::size_t i = q; i < d; ++i) noise += values[i] / (d - q);
  for (std::size_t i = 0; i < d; ++i) log_determinant += std::log(i < q ? values[i] : noise);
  const double best = -0.5 * (d * std::log(2 * 3.14159265358979323846) + log_determinant + d);

  data::examples many{100 * n, d, {}, {}};  // each example with a hundred draws
  for (int i = 0; i < 100; ++i) many.x.insert(many.x.end(), train.x.begin(), train.x.end());
  model<linear, double> m{seed{1}};
  trainer fit{m, elbo{}, adam{.learning_rate = 0.02}, cosine{}};
  const double before = -fit.evaluate(many, "", batch{500}).loss;
  fit.run(train, epochs{150}, batch{50});
  const double reached = -fit.evaluate(many, "", batch{500}).loss;
  MESSAGE("log-density " << best << ", ELBO before " << before << ", after " << reached);
  CHECK(before < best - 1);
  CHECK(reached < best + 0.01);
  CHECK(reached > best - 0.05);
  CHECK(std::exp(m.get("likelihood.log_variance")[0]) == doctest::Approx(noise).epsilon(0.03));
}
