#include <genet/train/iwae.hpp>

#include <genet/train/callbacks.hpp>
#include <genet/train/trainer.hpp>

#include "../allocations.hpp"
#include "fixture.hpp"
#include "small_nets.hpp"

using namespace genet;
using namespace small_nets;

namespace {

template <class Likelihood>
using vae_of = vae<mlp_encoder, mlp_decoder, Likelihood>;

const io::tensor_file& fixture() {
  static const auto file = io::tensor_file::read("tests/fixtures/torch/bounds.safetensors");
  return file;
}

template <class T>
struct pass {
  measured<2> values;
  std::vector<T> gradients;
};

/// x (examples, 12) with the noise of every sample.
template <class Vae, class T>
pass<T> pass_of(const model<Vae, T>& m, const iwae& o, const std::vector<T>& x, const std::vector<T>& noise,
                double weight = 1, tensor::team& team = tensor::alone()) {
  const long rows = static_cast<long>(noise.size()) / 3;
  std::vector<T> repeated;
  for (long r = 0; r < rows; ++r)
    repeated.insert(repeated.end(), x.begin() + 12 * (r / o.samples), x.begin() + 12 * (r / o.samples + 1));
  std::vector<double> scratch(static_cast<std::size_t>(2 * rows));
  session<typename Vae::coded, T> run(rows, team);
  run.poison(T(1e30));
  run.inject_noise(0, noise.data());
  run.forward(m.view(), repeated.data(), rows, mode::training, {});
  pass<T> r{o.measure<Vae>(run, example_batch<T>{repeated.data(), nullptr, rows, scratch.data()}, {}, weight),
            std::vector<T>(m.parameters().size())};
  run.backward(m.view(), r.gradients.data());
  return r;
}

template <class Likelihood, class T>
void agrees_with_torch(const std::string& name) {
  CAPTURE(name);
  using Vae = vae_of<Likelihood>;
  model<Vae, T> m{seed{1}};
  for (const tensor_info& t : m.tensors())
    m.set(t.name, fixture().get<T>(name + "/parameter." + std::string(t.name)));
  const auto noise = fixture().get<T>(name + "/noise");
  const auto p = pass_of(m, iwae{.samples = static_cast<long>(noise.size()) / 15}, fixture().get<T>(name + "/input"),
                         noise);
  auto number = [&](const char* what) { return fixture().get<double>(name + "/" + what)[0]; };
  CHECK(difference(std::vector<double>{p.values.loss, p.values.terms[0], p.values.terms[1]},
                   {number("loss"), number("negative_elbo"), number("effective_samples")}) < tolerance<T>);
  for (const tensor_info& t : m.tensors()) {
    CAPTURE(t.name);
    CHECK(difference(t.read(p.gradients.data()), fixture().get<double>(name + "/gradient." + std::string(t.name))) <
          tolerance<T>);
  }
}

template <class Vae>
double gradient_error_of(iwae o, double spoil = 1) {
  model<Vae, double> m{seed{5}};
  auto x = numbers(4 * 12, 3), noise = numbers(4 * 3 * o.samples, 4);
  for (double& v : x) v = 0.5 + 0.49 * v;
  const double weight = 0.7;
  auto analytic = pass_of(m, o, x, noise, weight).gradients;
  for (double& g : analytic) g *= spoil;
  auto f = [&](const std::vector<double>& w) {
    std::copy(w.begin(), w.end(), m.parameters().begin());
    return weight * pass_of(m, o, x, noise).values.loss;
  };
  return gradient_error(f, parameters(m), analytic);
}

}  // namespace

TEST_CASE_TEMPLATE("values and gradients are PyTorch's", T, float, double) {
  agrees_with_torch<bernoulli, T>("iwae_bernoulli");
  agrees_with_torch<continuous_bernoulli, T>("iwae_continuous_bernoulli");
  agrees_with_torch<gaussian<learned_variance>, T>("iwae_gaussian");
  agrees_with_torch<gaussian<learned_variance_per_element>, T>("iwae_gaussian_elements");
  agrees_with_torch<bernoulli, T>("iwae_of_one");
}

TEST_CASE("gradients agree with central differences") {
  CHECK(gradient_error_of<vae_of<bernoulli>>({.samples = 3}) < 1e-6);
  CHECK(gradient_error_of<vae_of<gaussian<>>>({.samples = 7, .variance = 0.3}) < 1e-6);
  CHECK(gradient_error_of<vae_of<gaussian<learned_variance>>>({.samples = 2}) < 1e-6);
  CHECK(gradient_error_of<vae_of<gaussian<learned_variance_per_element>>>({.samples = 1}) < 1e-6);
  CHECK(gradient_error_of<vae_of<bernoulli>>({.samples = 3}, 1.001) > 1e-4);
}

TEST_CASE("the log of a mean of exponentials, wherever they lie; what is left are the shares") {
  std::vector<double> logs{-1000, -1001, -1002};
  const double sum = 1 + std::exp(-1) + std::exp(-2);
  CHECK(bound::log_mean_exp(logs) == doctest::Approx(-1000 + std::log(sum / 3)).epsilon(1e-14));
  CHECK(logs[0] == doctest::Approx(1 / sum));
  CHECK(logs[2] == doctest::Approx(std::exp(-2) / sum));
  logs = {900};
  CHECK(bound::log_mean_exp(logs) == 900);
  CHECK(logs[0] == 1);
}

TEST_CASE("where the posterior is the prior, one sample gives the ELBO of the same noise") {
  struct encoder : net<input<1, 3, 4>, flatten, heads<head<"mean", learned<3>>, head<"log_variance", learned<3>>>> {};
  using flat = vae<encoder, mlp_decoder, bernoulli>;
  model<flat, double> m{seed{2}};
  auto x = numbers(4 * 12, 3);
  for (double& v : x) v = 0.5 + 0.49 * v;
  const auto noise = numbers(4 * 3, 4);
  const auto p = pass_of(m, iwae{.samples = 1}, x, noise);
  session<flat, double, capability::forward> run(4);
  run.inject_noise(0, noise.data());
  run.forward(m.view(), x.data(), 4);
  CHECK(p.values.loss ==
        doctest::Approx(elbo{}.measure<flat>(run, example_batch<double>{x.data(), nullptr, 4}, {}, 1.0).loss)
            .epsilon(1e-13));
  CHECK(p.values.terms[1] == 1);
}

TEST_CASE("the trainer passes each example so many times, and more samples give a tighter bound") {
  const auto train = pictures(53, 12, 1);  // the last batch is smaller
  model<vae_of<gaussian<learned_variance>>> m{seed{1}};
  trainer fit{m, iwae{.samples = 8}, adam{.learning_rate = 0.01}};
  const history h = fit.run(train, epochs{30}, batch{10}, &train);
  CHECK(h.find(30, "train")->loss < h.find(1, "train")->loss - 5);
  CHECK(h.find(30, "validation")->terms[0].name == "negative_elbo");
  double before = 1e9;
  for (long k : {1L, 5L, 50L}) {
    const auto row = trainer{m, iwae{.samples = k}, sgd{}}.evaluate(train, "", batch{7});
    CHECK(row.loss < before + 0.02);
    CHECK(row.terms[1].value <= static_cast<double>(k) + 1e-6);
    if (k == 1) CHECK(row.loss == doctest::Approx(row.terms[0].value).epsilon(1e-6));
    before = row.loss;
  }
  CHECK(before < trainer{m, elbo{}, sgd{}}.evaluate(train, "").loss);
  trainer wrong{m, iwae{.samples = 0}, sgd{}};
  CHECK_THROWS_WITH_AS(wrong.run(train, epochs{1}, batch{10}), "iwae: samples must be at least 1, got 0", usage_error);
}

TEST_CASE("a step allocates nothing") {
  const auto train = pictures(40, 12, 1);
  model<vae_of<gaussian<learned_variance_per_element>>> m{seed{1}};
  long before = 0, seen = 0, batches = 0;
  trainer fit{m, iwae{.samples = 4}, adam{}};
  fit.add(lambda{.on_batch_end = [&](training& t) {
    if (t.batch > 1) {
      seen += allocation_count() - before;
      ++batches;
    }
    before = allocation_count();
  }});
  fit.run(train, epochs{2}, batch{5});
  CHECK(batches == 14);
  CHECK(seen == 0);
}

TEST_CASE("any number of threads gives the same bits, accumulated batches the gradient of their union") {
  const auto train = pictures(40, 12, 1);
  auto after = [&](training_options o, long size) {
    model<article> m{seed{1}};
    trainer fit{m, iwae{.samples = 5}, sgd{.learning_rate = 0.01}, constant{}, o};
    fit.run(train, epochs{2}, batch{size});
    return parameters(m);
  };
  CHECK(after({}, 20) == after({.threads = 3}, 20));
  model<mlp, double> m{seed{3}};
  auto x = numbers(4 * 12, 3), noise = numbers(4 * 3 * 2, 4);
  const iwae o{.samples = 2};
  const auto whole = pass_of(m, o, x, noise).gradients;
  const std::vector<double> first(x.begin(), x.begin() + 36), last(x.begin() + 36, x.end());
  const std::vector<double> noise_first(noise.begin(), noise.begin() + 18), noise_last(noise.begin() + 18, noise.end());
  auto sum = pass_of(m, o, first, noise_first, 0.75).gradients;
  const auto rest = pass_of(m, o, last, noise_last, 0.25).gradients;
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += rest[i];
  CHECK(difference(sum, whole) < 1e-12);
}
