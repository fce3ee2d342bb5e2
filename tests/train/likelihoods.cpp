#include <genet/train/likelihoods.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <numeric>
#include <tuple>
#include <vector>

#include "fixture.hpp"

using namespace genet;

namespace {

constexpr long rows = 7, elements = 37;

template <class T>
std::vector<T> get(const std::string& name) {
  static const auto file = io::tensor_file::read("tests/fixtures/torch/losses.safetensors");
  return file.get<T>(name);
}

template <class T, class L>
void same_as_torch(const std::string& name, const L& likelihood) {
  CAPTURE(name);
  const auto output = get<T>(name + "/output"), target = get<T>(name + "/target");
  std::vector<T> log_variance, gradient(output.size(), T(99));
  std::vector<T> own(static_cast<std::size_t>(L::log_variances(elements)));
  if (!own.empty()) log_variance = get<T>(name + "/log_variance");
  REQUIRE(log_variance.size() == own.size());
  std::vector<double> each(rows);
  likelihood_arguments<T> a{.output = output.data(),
                            .target = target.data(),
                            .rows = rows,
                            .elements = elements,
                            .log_variance = log_variance.data(),
                            .output_gradient = gradient.data(),
                            .log_variance_gradient = own.data(),
                            .per_example = each.data()};
  const double value = negative_log_likelihood(likelihood, a);
  const auto nll = get<double>(name + "/nll");
  CHECK(difference(each, nll) < tolerance<T>);
  CHECK(value == doctest::Approx(std::accumulate(nll.begin(), nll.end(), 0.0) / rows).epsilon(tolerance<T>));
  CHECK(difference(gradient, get<double>(name + "/gradient")) < tolerance<T>);
  if (!own.empty()) {
    CHECK(difference(own, get<double>(name + "/gradient.log_variance")) < tolerance<T>);
    auto twice = own;  // a second contribution
    a.log_variance_gradient = twice.data();
    a.log_variance_how = contribution::add;
    negative_log_likelihood(likelihood, a);
    for (std::size_t i = 0; i < own.size(); ++i)
      CHECK(static_cast<double>(twice[i]) == doctest::Approx(2 * static_cast<double>(own[i])).epsilon(1e-5));
  }
  // the value alone; the gradient of the output alone; in place
  a.log_variance_gradient = nullptr;
  auto in_place = output;
  a.output = in_place.data();
  a.output_gradient = in_place.data();
  CHECK(negative_log_likelihood(likelihood, a) == value);
  CHECK(in_place == gradient);
  a.output = output.data();
  a.output_gradient = nullptr;
  a.per_example = nullptr;
  CHECK(negative_log_likelihood(likelihood, a) == value);

  std::vector<T> mean(output.size());
  likelihood_mean(likelihood, output.data(), mean.data(), rows * elements);
  CHECK(difference(mean, get<double>(name + "/mean")) < tolerance<T>);
}

// errors of the gradients with respect to the output and, where there is one, the own parameter
template <class L>
std::pair<double, double> errors_of(const L& likelihood, double wrong = 1) {
  const auto output = numbers(3 * 11, 1);
  auto target = numbers(3 * 11, 2), log_variance = numbers(L::log_variances(11), 3);
  for (auto& x : target) x = 0.5 + 0.5 * x;
  std::vector<double> gradient(output.size()), own(log_variance.size());
  const auto f = [&](const std::vector<double>& o, const std::vector<double>& s) {
    return 0.7 * negative_log_likelihood(likelihood, likelihood_arguments<double>{.output = o.data(),
                                                                                  .target = target.data(),
                                                                                  .rows = 3,
                                                                                  .elements = 11,
                                                                                  .log_variance = s.data()});
  };
  negative_log_likelihood(likelihood, likelihood_arguments<double>{.output = output.data(),
                                                                   .target = target.data(),
                                                                   .rows = 3,
                                                                   .elements = 11,
                                                                   .log_variance = log_variance.data(),
                                                                   .output_gradient = gradient.data(),
                                                                   .log_variance_gradient = own.data(),
                                                                   .scale = 0.7});
  for (auto& g : gradient) g *= wrong;
  for (auto& g : own) g *= wrong;
  const double first = gradient_error([&](const auto& o) { return f(o, log_variance); }, output, gradient);
  if (own.empty()) return {first, first};
  return {first, gradient_error([&](const auto& s) { return f(output, s); }, log_variance, own)};
}

}  // namespace

TEST_CASE_TEMPLATE("likelihoods are PyTorch's: nats per example, gradients, means", T, double, float) {
  same_as_torch<T>("likelihood_bernoulli", bernoulli{});
  same_as_torch<T>("likelihood_continuous_bernoulli", continuous_bernoulli{});
  same_as_torch<T>("likelihood_gaussian", gaussian<>{.variance = 0.1});
  same_as_torch<T>("likelihood_gaussian_scalar", gaussian<learned_variance>{});
  same_as_torch<T>("likelihood_gaussian_elements", gaussian<learned_variance_per_element>{});
}

TEST_CASE("gradients of likelihoods against central differences") {
  const auto check = [](const auto& likelihood) {
    const auto [of_output, of_own] = errors_of(likelihood);
    CHECK(of_output < 1e-6);
    CHECK(of_own < 1e-6);
    const auto [wrong_output, wrong_own] = errors_of(likelihood, 1.00001);
    CHECK(wrong_output > 1e-6);
    CHECK(wrong_own > 1e-6);
  };
  check(bernoulli{});
  check(continuous_bernoulli{});
  check(gaussian<>{.variance = 0.3});
  check(gaussian<learned_variance>{});
  check(gaussian<learned_variance_per_element>{});
}

TEST_CASE("continuous_bernoulli is a density on [0,1] with the mean that it says") {
  for (const double o : {-60.0, -8.0, -1.0, -0.5000001, -0.4999999, -1e-4, 0.0, 1e-9, 0.3, 0.5, 2.0, 60.0}) {
    CAPTURE(o);
    constexpr long n = 20000;  // Simpson's rule
    std::vector<double> x(n + 1), output(n + 1, o), density(n + 1);
    for (std::size_t i = 0; i <= n; ++i) x[i] = static_cast<double>(i) / n;
    negative_log_likelihood(continuous_bernoulli{},
                            likelihood_arguments<double>{.output = output.data(), .target = x.data(), .rows = n + 1,
                                                         .elements = 1, .per_example = density.data()});
    double mass = 0, moment = 0;
    for (std::size_t i = 0; i <= n; ++i) {
      const double weight = (i == 0 || i == n ? 1.0 : i % 2 ? 4.0 : 2.0) / (3 * n);
      mass += weight * std::exp(-density[i]);
      moment += weight * std::exp(-density[i]) * x[i];
    }
    CHECK(mass == doctest::Approx(1).epsilon(1e-9));
    double mean = 0;
    likelihood_mean(continuous_bernoulli{}, &o, &mean, 1);
    CHECK(mean == doctest::Approx(moment).epsilon(1e-9));
  }
}

TEST_CASE_TEMPLATE("continuous_bernoulli: extreme outputs stay finite", T, double, float) {
  const std::vector<T> output{T(-1e4), T(-500), T(-90), T(0), T(90), T(500), T(1e4)};
  const std::vector<T> target{T(0), T(1), T(0.5), T(0.25), T(0.5), T(0), T(1)};
  const std::vector<T> noise{0, T(0.5), T(0.999), 0, 0, T(0.9), 0};
  std::vector<T> gradient(output.size()), mean(output.size()), drawn(output.size());
  const long n = static_cast<long>(output.size());
  const double value = negative_log_likelihood(
      continuous_bernoulli{}, likelihood_arguments<T>{.output = output.data(), .target = target.data(), .rows = 1,
                                                      .elements = n, .output_gradient = gradient.data()});
  CHECK(std::isfinite(value));
  likelihood_mean(continuous_bernoulli{}, output.data(), mean.data(), n);
  likelihood_sample(continuous_bernoulli{}, output.data(), noise.data(), drawn.data(), 1, n);
  for (std::size_t i = 0; i < output.size(); ++i) {
    CHECK(std::isfinite(gradient[i]));
    CHECK((mean[i] >= 0 && mean[i] <= 1));
    CHECK((drawn[i] >= 0 && drawn[i] <= 1));
  }
}

TEST_CASE_TEMPLATE("samples are functions of the given noise", T, double, float) {
  const std::string name = "likelihood_continuous_bernoulli";
  const auto output = get<T>(name + "/output"), noise = get<T>(name + "/noise");
  std::vector<T> x(output.size());
  likelihood_sample(continuous_bernoulli{}, output.data(), noise.data(), x.data(), rows, elements);
  // PyTorch takes log lambda 0.499 ... 0.501 for uniform: compare with it outside
  const auto expected = get<double>(name + "/sample");
  for (std::size_t i = 0; i < x.size(); ++i)
    if (std::abs(output[i]) > 0.005)
      CHECK(std::abs(static_cast<double>(x[i]) - expected[i]) < (sizeof(T) == 8 ? 1e-10 : 2e-6));
  // and everywhere the distribution function takes the sample back to the noise
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double o = output[i], back = std::abs(o) < 1e-7 ? x[i] : std::expm1(o * x[i]) / std::expm1(o);
    CHECK(std::abs(back - static_cast<double>(noise[i])) < (sizeof(T) == 8 ? 1e-6 : 1e-5));
  }

  const std::vector<T> o{-1, 0, 1, 2}, u{T(0.2), T(0.5), T(0.75), T(0.1)};
  std::vector<T> drawn(4);
  likelihood_sample(bernoulli{}, o.data(), u.data(), drawn.data(), 2, 2);
  CHECK(drawn == std::vector<T>{1, 0, 0, 1});  // sigmoid .269 .5 .731 .881

  const std::vector<T> s{T(std::log(4)), T(std::log(9))};
  likelihood_sample(gaussian<>{.variance = 0.25}, o.data(), u.data(), drawn.data(), 2, 2);
  CHECK(drawn[0] == doctest::Approx(-0.9));
  likelihood_sample(gaussian<learned_variance>{}, o.data(), u.data(), drawn.data(), 2, 2, s.data());
  CHECK(drawn[3] == doctest::Approx(2.2));
  likelihood_sample(gaussian<learned_variance_per_element>{}, o.data(), u.data(), drawn.data(), 2, 2, s.data());
  CHECK(drawn[1] == doctest::Approx(1.5));
  CHECK(drawn[2] == doctest::Approx(2.5));
}

TEST_CASE("likelihoods say what they are") {
  static_assert(bernoulli::label().view() == "bernoulli");
  static_assert(gaussian<>::label().view() == "gaussian<fixed_variance>");
  static_assert(gaussian<>::log_variances(784) == 0 && gaussian<learned_variance>::log_variances(784) == 1 &&
                gaussian<learned_variance_per_element>::log_variances(784) == 784);
  static_assert(element_likelihood<bernoulli> && element_likelihood<continuous_bernoulli> &&
                !element_likelihood<gaussian<>>);
  CHECK(continuous_bernoulli::noise == draws::uniform);
}

namespace {

template <class L>
void same_for_any_team(const L& likelihood) {
  constexpr long many = 131, n = 501;
  const auto output = numbers(many * n, 1), s = numbers(L::log_variances(n), 2);
  auto target = numbers(many * n, 3);
  for (auto& x : target) x = 0.5 + 0.5 * x;
  const auto results = [&](tensor::team& team) {
    std::vector<double> gradient = output, own(s.size()), values(static_cast<std::size_t>(many));
    const double value = negative_log_likelihood(likelihood,
                                                 likelihood_arguments<double>{.output = gradient.data(),
                                                                              .target = target.data(),
                                                                              .rows = many,
                                                                              .elements = n,
                                                                              .log_variance = s.data(),
                                                                              .output_gradient = gradient.data(),
                                                                              .log_variance_gradient = own.data(),
                                                                              .per_example = values.data()},
                                                 team);
    return std::tuple(value, gradient, own, values);
  };
  const auto alone = results(tensor::alone());
  for (const int threads : {2, 3, 8}) {
    tensor::team team(threads);
    CHECK(results(team) == alone);
  }
}

}  // namespace

TEST_CASE("any number of threads gives the same bits") {
  same_for_any_team(bernoulli{});
  same_for_any_team(continuous_bernoulli{});
  same_for_any_team(gaussian<>{.variance = 0.3});
  same_for_any_team(gaussian<learned_variance>{});
  same_for_any_team(gaussian<learned_variance_per_element>{});
}
