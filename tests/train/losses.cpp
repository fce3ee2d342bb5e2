#include <genet/train/losses.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "fixture.hpp"

using namespace genet;

namespace {

const io::tensor_file& torch() {
  static const auto file = io::tensor_file::read("tests/fixtures/torch/losses.safetensors");
  return file;
}

template <class T>
std::vector<T> get(const std::string& name) {
  return torch().get<T>(name);
}

constexpr long rows = 7, features = 37;
constexpr struct {
  reduction reduce;
  const char* name;
} reductions[] = {
    {reduction::mean, "mean"}, {reduction::sum_per_example, "sum_per_example"}, {reduction::sum, "sum"}};

template <class T, class L>
void same_as_torch(const std::string& name, L loss) {
  const auto x = get<T>(name + "/prediction"), t = get<T>(name + "/target");
  for (const auto& r : reductions) {
    CAPTURE(name);
    CAPTURE(r.name);
    loss.reduce = r.reduce;
    std::vector<T> gradient(x.size(), T(99));
    const double value = evaluate_loss(loss, x.data(), t.data(), rows, features, gradient.data());
    CHECK(difference(std::vector{value}, get<double>(name + "/loss." + r.name)) < tolerance<T>);
    CHECK(difference(gradient, get<double>(name + "/gradient." + r.name)) < tolerance<T>);
    CHECK(evaluate_loss(loss, x.data(), t.data(), rows, features) == value);
  }
}

template <class L>
double error_of(const L& loss, std::vector<double> x, const std::vector<double>& t) {
  std::vector<double> gradient(x.size());
  const long n = static_cast<long>(x.size()) / 3;
  evaluate_loss(loss, x.data(), t.data(), 3, n, gradient.data(), 0.7);
  double* const none = nullptr;
  const auto f = [&](const auto& at) { return evaluate_loss(loss, at.data(), t.data(), 3, n, none, 0.7); };
  return gradient_error(f, std::move(x), gradient);
}

// Deliberately wrong: what the tests above must be able to notice.
template <class L>
struct wrong {
  L right;
  reduction reduce = reduction::mean;
  auto at(auto x, auto t) const {
    const auto p = right.at(x, t);
    return loss_point{p.value, p.slope * 1.00001};
  }
};

struct squared_hinge {
  auto at(auto x, auto t) const {
    auto gap = max(1 - t * x, 0);
    return loss_point{gap * gap, -2 * t * gap};
  }
};

static_assert(element_loss<mse> && element_loss<huber> && element_loss<squared_hinge>);
static_assert(!element_loss<cross_entropy>);

}  // namespace

TEST_CASE_TEMPLATE("losses of elements are PyTorch's, value and gradient, for each reduction", T, double, float) {
  same_as_torch<T>("bce_with_logits", bce_with_logits{});
  same_as_torch<T>("bce", bce{});
  same_as_torch<T>("mse", mse{});
  same_as_torch<T>("mae", mae{});
  same_as_torch<T>("huber", huber{});
  same_as_torch<T>("huber_half", huber{.delta = 0.5});
}

TEST_CASE_TEMPLATE("cross_entropy is PyTorch's", T, double, float) {
  for (const std::string name : {"cross_entropy", "cross_entropy_smooth"}) {
    cross_entropy loss{.label_smoothing = name == "cross_entropy" ? 0 : 0.1};
    const auto x = get<T>(name + "/prediction");
    const auto labels = get<std::int32_t>(name + "/target");
    for (const auto& r : reductions) {
      CAPTURE(r.name);
      loss.reduce = r.reduce;
      std::vector<T> gradient(x.size());
      const double value = evaluate_loss(loss, x.data(), labels.data(), rows, 11, gradient.data());
      CHECK(difference(std::vector{value}, get<double>(name + "/loss." + r.name)) < tolerance<T>);
      CHECK(difference(gradient, get<double>(name + "/gradient." + r.name)) < tolerance<T>);
      CHECK(evaluate_loss(loss, x.data(), labels.data(), rows, 11) == value);
      auto in_place = x;
      evaluate_loss(loss, in_place.data(), labels.data(), rows, 11, in_place.data());
      CHECK(in_place == gradient);
    }
  }
}

TEST_CASE_TEMPLATE("gaussian_nll and its log-variance form are PyTorch's", T, double, float) {
  const auto check = [](auto loss, const std::string& name, const char* second) {
    const auto m = get<T>(name + "/prediction"), v = get<T>(name + "/" + second), t = get<T>(name + "/target");
    for (const auto& r : reductions) {
      CAPTURE(name);
      CAPTURE(r.name);
      loss.reduce = r.reduce;
      std::vector<T> dm(m.size()), dv(m.size());
      const double value = evaluate_loss(loss, m.data(), v.data(), t.data(), rows, features, dm.data(), dv.data());
      CHECK(difference(std::vector{value}, get<double>(name + "/loss." + r.name)) < tolerance<T>);
      CHECK(difference(dm, get<double>(name + "/gradient." + r.name)) < tolerance<T>);
      CHECK(difference(dv, get<double>(name + "/gradient_" + second + "." + r.name)) < tolerance<T>);
      CHECK(evaluate_loss(loss, m.data(), v.data(), t.data(), rows, features) == value);
    }
  };
  check(gaussian_nll{}, "gaussian_nll", "variance");
  check(gaussian_nll{.full = true}, "gaussian_nll_full", "variance");
  check(gaussian_nll_log_variance{}, "gaussian_nll_log_variance", "log_variance");
}

TEST_CASE_TEMPLATE("kl_to_standard_normal is PyTorch's; gradients are added with their weight", T, double, float) {
  const std::string name = "kl_to_standard_normal/";
  const auto m = get<T>(name + "mean"), s = get<T>(name + "log_variance");
  const kl_to_standard_normal kl;
  std::vector<T> dm(m.size(), T(99)), ds(m.size(), T(99));
  const double value =
      evaluate_loss(kl, m.data(), s.data(), rows, features, dm.data(), ds.data(), 1, contribution::write);
  CHECK(difference(std::vector{value}, get<double>(name + "loss")) < tolerance<T>);
  CHECK(difference(dm, get<double>(name + "gradient.mean")) < tolerance<T>);
  CHECK(difference(ds, get<double>(name + "gradient.log_variance")) < tolerance<T>);
  CHECK(evaluate_loss(kl, m.data(), s.data(), rows, features) == value);

  std::vector<T> added_m(m.size(), T(1)), added_s(m.size(), T(2));
  CHECK(evaluate_loss(kl, m.data(), s.data(), rows, features, added_m.data(), added_s.data(), 0.5) == value);
  for (std::size_t i = 0; i < m.size(); ++i) {
    CHECK(added_m[i] == doctest::Approx(1 + 0.5 * static_cast<double>(dm[i])).epsilon(1e-6));
    CHECK(added_s[i] == doctest::Approx(2 + 0.5 * static_cast<double>(ds[i])).epsilon(1e-6));
  }
}

TEST_CASE("gradients of losses against central differences") {
  auto x = numbers(3 * 13, 1), t = numbers(3 * 13, 2);
  auto unit = t, p = x;
  for (auto& v : unit) v = 0.5 + 0.5 * v;
  for (auto& v : p) v = 0.5 + 0.45 * v;
  CHECK(error_of(bce_with_logits{}, x, unit) < 1e-6);
  CHECK(error_of(bce{}, p, unit) < 1e-6);
  CHECK(error_of(mse{}, x, t) < 1e-6);
  CHECK(error_of(mae{}, x, t) < 1e-6);
  CHECK(error_of(huber{.delta = 0.4, .reduce = reduction::sum}, x, t) < 1e-6);
  CHECK(error_of(squared_hinge{}, x, t) < 1e-6);
  // and each must be noticed when it is wrong
  CHECK(error_of(wrong<bce_with_logits>{}, x, unit) > 1e-6);
  CHECK(error_of(wrong<bce>{}, p, unit) > 1e-6);
  CHECK(error_of(wrong<mse>{}, x, t) > 1e-6);
  CHECK(error_of(wrong<mae>{}, x, t) > 1e-6);
  CHECK(error_of(wrong<huber>{{.delta = 0.4}}, x, t) > 1e-6);
  CHECK(error_of(wrong<squared_hinge>{}, x, t) > 1e-6);
}

TEST_CASE("gradients of cross_entropy against central differences") {
  const auto x = numbers(5 * 9, 3);
  const std::vector<std::int32_t> labels{0, 8, 3, 3, 7};
  for (const double smoothing : {0.0, 0.2}) {
    const cross_entropy loss{.label_smoothing = smoothing};
    std::vector<double> gradient(x.size());
    evaluate_loss(loss, x.data(), labels.data(), 5, 9, gradient.data());
    const auto f = [&](const auto& at) { return evaluate_loss(loss, at.data(), labels.data(), 5, 9); };
    CHECK(gradient_error(f, x, gradient) < 1e-6);
    auto wrong_gradient = gradient;
    for (auto& g : wrong_gradient) g -= 1e-4 / 9;  // the label's one taken away twice, nearly
    CHECK(gradient_error(f, x, wrong_gradient) > 1e-6);
  }
}

TEST_CASE("gradients of gaussian_nll and the divergence against central differences") {
  const auto m = numbers(33, 4), t = numbers(33, 5), s = numbers(33, 6);
  auto v = s;
  for (auto& one : v) one = 1.2 + one;
  const auto check = [&](const auto& loss, const std::vector<double>& second) {
    std::vector<double> dm(m.size()), dv(m.size());
    evaluate_loss(loss, m.data(), second.data(), t.data(), 3, 11, dm.data(), dv.data());
    const auto value = [&](const auto& a, const auto& b) {
      return evaluate_loss(loss, a.data(), b.data(), t.data(), 3, 11);
    };
    const auto of_mean = [&](const auto& at) { return value(at, second); };
    const auto of_second = [&](const auto& at) { return value(m, at); };
    CHECK(gradient_error(of_mean, m, dm) < 1e-6);
    CHECK(gradient_error(of_second, second, dv) < 1e-6);
    CHECK(gradient_error(of_mean, m, dv) > 1e-6);
    for (auto& g : dv) g *= 1.00001;
    CHECK(gradient_error(of_second, second, dv) > 1e-6);
  };
  check(gaussian_nll{}, v);
  check(gaussian_nll_log_variance{}, s);

  const kl_to_standard_normal kl;
  std::vector<double> dm(m.size()), ds(m.size());
  evaluate_loss(kl, m.data(), s.data(), 3, 11, dm.data(), ds.data());
  const auto of_mean = [&](const auto& at) { return evaluate_loss(kl, at.data(), s.data(), 3, 11); };
  const auto of_scale = [&](const auto& at) { return evaluate_loss(kl, m.data(), at.data(), 3, 11); };
  CHECK(gradient_error(of_mean, m, dm) < 1e-6);
  CHECK(gradient_error(of_scale, s, ds) < 1e-6);
  for (auto& g : ds) g *= 1.00001;
  CHECK(gradient_error(of_scale, s, ds) > 1e-6);
}

TEST_CASE_TEMPLATE("losses: every length, nothing written outside, in place, scaled", T, double, float) {
  for (long n = 1; n < 70; ++n) {
    const auto wide = numbers(n + 2, 7), goal = numbers(n + 2, 8);
    std::vector<T> x(wide.begin(), wide.end()), t(goal.begin(), goal.end()), gradient(x.size(), T(99));
    double expected = 0;
    for (std::size_t i = 1; i <= static_cast<std::size_t>(n); ++i)
      expected += std::pow(static_cast<double>(x[i]) - static_cast<double>(t[i]), 2);
    const double value = evaluate_loss(mse{}, x.data() + 1, t.data() + 1, 1, n, gradient.data() + 1, 3.0);
    CHECK(value == doctest::Approx(3 * expected / static_cast<double>(n)).epsilon(1e-6));
    CHECK(gradient.front() == T(99));
    CHECK(gradient.back() == T(99));
    CHECK(gradient[1] == doctest::Approx(6 * (x[1] - t[1]) / static_cast<T>(n)).epsilon(1e-5));
    auto in_place = x;
    evaluate_loss(mse{}, in_place.data() + 1, t.data() + 1, 1, n, in_place.data() + 1, 3.0);
    CHECK(std::equal(in_place.begin() + 1, in_place.end() - 1, gradient.begin() + 1));
  }
}

TEST_CASE("losses: a long float sum keeps its digits") {
  const long n = 4'000'000;
  const std::vector<float> x(static_cast<std::size_t>(n), 0.1f), t(x.size(), 0.f);
  const double each = static_cast<double>(0.1f) * static_cast<double>(0.1f);
  CHECK(evaluate_loss(mse{.reduce = reduction::sum}, x.data(), t.data(), 1, n) ==
        doctest::Approx(each * static_cast<double>(n)).epsilon(1e-6));
}

TEST_CASE("losses: NaN is not hidden") {
  const double nan = std::nan("");
  for (std::size_t at = 0; at < 19; ++at) {
    std::vector<double> x(19, 0.5), t(19, 0.25);
    x[at] = nan;
    CHECK(std::isnan(evaluate_loss(bce_with_logits{}, x.data(), t.data(), 1, 19)));
    CHECK(std::isnan(evaluate_loss(bce{}, x.data(), t.data(), 1, 19)));
    CHECK(std::isnan(evaluate_loss(mse{}, x.data(), t.data(), 1, 19)));
    CHECK(std::isnan(evaluate_loss(mae{}, x.data(), t.data(), 1, 19)));
    CHECK(std::isnan(evaluate_loss(huber{}, x.data(), t.data(), 1, 19)));
    CHECK(std::isnan(evaluate_loss(gaussian_nll{}, t.data(), x.data(), t.data(), 1, 19)));
    CHECK(std::isnan(evaluate_loss(kl_to_standard_normal{}, t.data(), x.data(), 1, 19)));
    const std::int32_t label = 3;
    CHECK(std::isnan(evaluate_loss(cross_entropy{}, x.data(), &label, 1, 19)));
  }
}

TEST_CASE("cross_entropy: a label that does not exist is refused") {
  const std::vector<float> x(6, 0.f);
  const std::vector<std::int32_t> labels{1, 3};
  CHECK_THROWS_WITH_AS(evaluate_loss(cross_entropy{}, x.data(), labels.data(), 2, 3),
                       "cross_entropy: example 1 has label 3, expected 0 to 2", bad_input);
  const std::vector<std::int32_t> negative{-1, 0};
  CHECK_THROWS_AS(evaluate_loss(cross_entropy{}, x.data(), negative.data(), 2, 3), bad_input);
}

namespace {

// The value of loss(team) and everything that it wrote are the same bits for any number of threads.
template <class Loss>
void same_for_any_team(const Loss& loss) {
  const auto alone = loss(tensor::alone());
  for (const int threads : {2, 3, 8}) {
    tensor::team team(threads);
    CHECK(loss(team) == alone);
  }
}

template <class T>
std::vector<T> numbers_of(long n, unsigned seed) {
  const auto x = numbers(n, seed);
  return {x.begin(), x.end()};
}

}  // namespace

TEST_CASE_TEMPLATE("any number of threads gives the same bits", T, float, double) {
  constexpr long many = 131, n = 501;
  const auto x = numbers_of<T>(many * n, 1), y = numbers_of<T>(many * n, 2);
  std::vector<std::int32_t> labels(many);
  for (std::size_t r = 0; r < labels.size(); ++r) labels[r] = static_cast<std::int32_t>(r * 7 % n);
  same_for_any_team([&](tensor::team& team) {
    std::vector<T> g(x.size());
    const double value = evaluate_loss(bce_with_logits{}, x.data(), y.data(), many, n, g.data(), 1., team);
    return std::pair(value, g);
  });
  same_for_any_team([&](tensor::team& team) {
    return evaluate_loss(huber{}, x.data(), y.data(), many, n, static_cast<T*>(nullptr), 1., team);
  });
  same_for_any_team([&](tensor::team& team) {
    std::vector<T> g(x.size());
    const double value = evaluate_loss(cross_entropy{.label_smoothing = 0.1}, x.data(), labels.data(), many, n,
                                       g.data(), 1., team);
    return std::pair(value, g);
  });
  same_for_any_team([&](tensor::team& team) {
    std::vector<T> g(x.size()), h(x.size());
    const double value = evaluate_loss(gaussian_nll_log_variance{}, x.data(), y.data(), x.data(), many, n, g.data(),
                                       h.data(), 1., team);
    return std::tuple(value, g, h);
  });
  same_for_any_team([&](tensor::team& team) {
    auto g = x, h = y;
    const double value = evaluate_loss(kl_to_standard_normal{}, x.data(), y.data(), many, n, g.data(), h.data(), 1.,
                                       contribution::add, team);
    return std::tuple(value, g, h);
  });
}

TEST_CASE_TEMPLATE("bce_with_logits is exact to three units in the last place", T, float, double) {
  constexpr long n = 200'001;
  double value_error = 0, slope_error = 0;
  for (long i = 0; i < n; ++i) {
    const T x = static_cast<T>(-40 + 80 * static_cast<double>(i) / (n - 1));
    const auto [value, slope] = bce_with_logits::at(tensor::lane<T>(x), tensor::lane<T>(0));
    T found[2][tensor::width<T>];
    value.v.store_unaligned(found[0]);
    slope.v.store_unaligned(found[1]);
    using exact = std::conditional_t<sizeof(T) == 4, double, long double>;
    const exact wide = x, softplus = std::max<exact>(wide, 0) + std::log1p(std::exp(-std::abs(wide)));
    const exact sigmoid = 1 / (1 + std::exp(-wide));
    value_error = std::max(value_error, static_cast<double>(std::abs(found[0][0] - softplus) / softplus));
    slope_error = std::max(slope_error, static_cast<double>(std::abs(found[1][0] - sigmoid) / sigmoid));
  }
  CHECK(value_error < 2.5 * static_cast<double>(std::numeric_limits<T>::epsilon()));
  CHECK(slope_error < 2.5 * static_cast<double>(std::numeric_limits<T>::epsilon()));
}

TEST_CASE_TEMPLATE("bce_with_logits of large logits, and of what is no number", T, float, double) {
  const auto of = [](T x, T t) {
    T slope;
    const double value = evaluate_loss(bce_with_logits{}, &x, &t, 1, 1, &slope);
    return std::pair(value, slope);
  };
  CHECK(of(T(-1000), 0) == std::pair(0., T(0)));
  CHECK(of(T(1000), 1) == std::pair(0., T(0)));
  CHECK(of(T(1000), 0) == std::pair(1000., T(1)));
  CHECK(std::isnan(of(std::numeric_limits<T>::quiet_NaN(), 1).first));
  CHECK(std::isnan(of(std::numeric_limits<T>::quiet_NaN(), 1).second));
}
