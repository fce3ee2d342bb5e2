#include <doctest/doctest.h>
#include <genet/declare.hpp>
#include <genet/kernels.hpp>
#include <genet/run/model.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using namespace genet;

namespace {

using small = net<input<5>, dense<4>, tanh_, heads<head<"a", dense<3>>, head<"b", dense<2>, relu>>>;
using products = net<input<33>, dense<70>, relu, dense<45>, gelu, dense<19>, sigmoid>;

template <class T>
std::vector<T> wave(long n) {
  std::vector<T> x(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(std::sin(static_cast<double>(3 * i + 1)));
  return x;
}
template <class T>
std::vector<std::remove_const_t<T>> copy(std::span<T> s) {
  return {s.begin(), s.end()};
}

}  // namespace

TEST_CASE("arguments that cannot be are refused with what and how many") {
  model<small> m{seed{1}};
  CHECK_THROWS_WITH_AS(session<small>(0), "session: the capacity must be positive, got 0", usage_error);
  CHECK_THROWS_AS(session<small>(-3), usage_error);
  session<small> run(4);
  const auto x = wave<float>(25);
  CHECK_THROWS_WITH_AS(run.forward(m.view(), x.data(), 5), "session: got 5 examples, has room for 4", usage_error);
  CHECK_THROWS_AS(run.forward(m.view(), x.data(), -1), usage_error);
  const void* two[] = {x.data(), x.data()};
  CHECK_THROWS_WITH_AS(run.forward(m.view(), two, 3), "session: the net has 1 sources, got 2", usage_error);
  CHECK_THROWS_WITH_AS(run.output("c"), "session: the net has no output named c", usage_error);
  CHECK_THROWS_AS(run.inject_noise(0, x.data()), usage_error);
}

TEST_CASE("outputs by number and by name") {
  model<small> m{seed{1}};
  session<small> run(4);
  const auto x = wave<float>(20);
  run.forward(m.view(), x.data(), 3);
  CHECK(run.rows() == 3);
  CHECK(run.capacity() == 4);
  CHECK(run.output("b").data() == run.output(1).data());
  CHECK(run.output("b").size() == 6);
  CHECK(run.output_gradient("a").data() == run.output_gradient(0).data());
  CHECK(run.output_gradient("a").size() == 9);
}

TEST_CASE_TEMPLATE("an example's result does not depend on its neighbours: same bits alone and in a batch", T, float,
                   double) {
  model<products, T> m{seed{1}};
  session<products, T, capability::forward> run(40), alone(1);
  const auto x = wave<T>(40 * 33);
  run.forward(m.view(), x.data(), 40);
  for (std::size_t r = 0; r < 40; ++r) {
    alone.forward(m.view(), x.data() + r * 33, 1);
    CHECK(copy(alone.output()) == copy(run.output().subspan(r * 19, 19)));
  }
}

TEST_CASE("every capability computes the same values") {
  model<products> m{seed{1}};
  const auto x = wave<float>(7 * 33);
  auto values = [&]<capability C>() {
    session<products, float, C> run(9);
    run.poison(1e30F);
    run.forward(m.view(), x.data(), 7);
    return copy(run.output());
  };
  const auto expected = values.operator()<capability::forward>();
  CHECK(values.operator()<capability::gradient>() == expected);
  CHECK(values.operator()<capability::input_gradient>() == expected);
  CHECK(values.operator()<capability::full_gradient>() == expected);
}

TEST_CASE("the gradients of a capability are those of the full one") {
  model<products, double> m{seed{1}};
  const auto x = wave<double>(7 * 33);
  session<products, double, capability::full_gradient> all(7);
  session<products, double, capability::gradient> training(7);
  session<frozen<products>, double> fixed(7);
  static_assert(decltype(fixed)::can == capability::input_gradient);
  std::vector<double> a(m.parameters().size()), b(m.parameters().size());
  auto go = [&](auto& run) {
    run.poison(1e30);
    run.forward(m.view(), x.data(), 7);
    for (double& g : run.output_gradient()) g = 0.5;
  };
  go(all);
  go(training);
  go(fixed);
  all.backward(m.view(), a.data());
  training.backward(m.view(), b.data());
  fixed.backward(m.view());
  CHECK(a == b);
  CHECK(copy(fixed.input_gradient()) == copy(all.input_gradient()));
  CHECK(training.bytes() <= all.bytes());
  CHECK(fixed.bytes() <= all.bytes());
  CHECK(session<products, double, capability::forward>(7).bytes() < training.bytes());
  CHECK(session<products, float>(7).bytes() < training.bytes());
}

TEST_CASE_TEMPLATE("the same bits for any number of threads", T, float, double) {
  using n = net<input<70>, layer_norm, dense<64>, gelu, dropout<0.3>, batch_norm, dense<41>, softplus,
                heads<head<"mean", dense<20>>, head<"log_variance", dense<20>>>, reparameterize,
                residual<dense<20>, relu>, heads<head<"a", dense<37>>, head<"b", tanh_>>, concat, softmax>;
  model<n, T> m{seed{2}};
  const auto x = wave<T>(150 * 70);
  auto step = [&](int threads) {
    tensor::team team(threads);
    session<n, T, capability::full_gradient> run(150, team);
    run.poison(T(1e30));
    std::vector<T> all(m.parameters().size());
    run.forward(std::as_const(m).view(), x.data(), 150, mode::training, rng::key{4, stream::training, 1});
    for (std::size_t i = 0; i < run.output().size(); ++i) run.output_gradient()[i] = static_cast<T>(i % 7) - T(3);
    const auto y = copy(run.output());
    run.backward(std::as_const(m).view(), all.data());
    all.insert(all.end(), y.begin(), y.end());
    all.insert(all.end(), run.input_gradient().begin(), run.input_gradient().end());
    return all;
  };
  const auto one = step(1);
  for (T v : one) REQUIRE(std::isfinite(v));
  for (int threads : {2, 3, 8}) CHECK(step(threads) == one);
}

TEST_CASE_TEMPLATE("an update within the backward pass is one after it, bit for bit", T, float, double) {
  using n = net<input<33>, dense<40>, batch_norm, relu, residual<dense<40>, tanh_>,
                heads<head<"a", dense<20>>, head<"b", dense<20>>>>;
  const auto x = wave<T>(1100 * 33);
  struct descent {  // w -= g / 4
    T* w;
    static void apply(const void* data, long offset, const T* gradient, long count) {
      T* w = static_cast<const descent*>(data)->w + offset;
      for (long i = 0; i < count; ++i) w[i] -= gradient[i] / 4;
    }
  };
  auto stepped = [&](bool fused, int threads, long rows) {
    tensor::team team(threads);
    model<n, T> m{seed{3}};
    session<n, T> run(rows, team);
    std::vector<T> gradients(m.parameters().size());
    for (int k = 0; k < 3; ++k) {
      run.forward(m.view(), x.data(), rows, mode::training);
      for (int i = 0; i < 2; ++i)
        for (T& g : run.output_gradient(i)) g = T(0.01);
      const descent to{m.parameters().data()};
      if (fused) {
        run.backward(m.view(), gradients.data(), parameter_update<T>{&descent::apply, &to});
      } else {
        run.backward(m.view(), gradients.data());
        descent::apply(&to, 0, gradients.data(), static_cast<long>(gradients.size()));
      }
    }
    return std::vector<T>(m.parameters().begin(), m.parameters().end());
  };
  for (long rows : {37L, 1100L}) {  // within and beyond one block of the inner dimension
    const auto expected = stepped(false, 1, rows);
    CHECK(stepped(true, 1, rows) == expected);
    CHECK(stepped(true, 3, rows) == expected);
  }
}

TEST_CASE("accumulated gradients are the sum") {
  using n = net<input<5>, dense<4>, batch_norm, relu, layer_norm, dense<3>>;
  model<n, double> m{seed{1}};
  session<n, double> run(6);
  const auto x = wave<double>(2 * 6 * 5);
  std::vector<double> first(m.parameters().size()), second(first), both(first);
  auto pass = [&](long k, std::vector<double>& to, bool accumulate) {
    run.forward(std::as_const(m).view(), x.data() + k * 30, 6, mode::training);
    for (std::size_t i = 0; i < 18; ++i) run.output_gradient()[i] = static_cast<double>(i) / 7 - 1;
    run.backward(m.view(), to.data(), accumulate);
  };
  pass(0, first, false);
  pass(1, second, false);
  pass(0, both, false);
  pass(1, both, true);
  for (std::size_t i = 0; i < both.size(); ++i)
    CHECK(both[i] == doctest::Approx(first[i] + second[i]).epsilon(1e-12));
}

TEST_CASE("a smaller batch after a larger one sees nothing of it") {
  model<products> m{seed{1}};
  const auto x = wave<float>(40 * 33);
  session<products> used(40), fresh(40);
  used.forward(m.view(), x.data(), 40);
  auto step = [&](session<products>& run) {
    run.forward(m.view(), x.data() + 33, 5);
    for (float& g : run.output_gradient()) g = 1;
    std::vector<float> gradients(m.parameters().size());
    run.backward(m.view(), gradients.data());
    return gradients;
  };
  CHECK(step(used) == step(fresh));
}

TEST_CASE("drawn noise depends on the key alone") {
  using n = net<input<5>, dropout<0.5>, dense<3>>;
  model<n> m{seed{1}};
  session<n> a(8), b(30);
  const auto x = wave<float>(40);
  a.forward(m.view(), x.data(), 8, mode::training, rng::key{3, stream::training, 9});
  b.poison(1e30F);
  b.forward(m.view(), x.data(), 8, mode::training, rng::key{3, stream::training, 9});
  CHECK(copy(a.output()) == copy(b.output()));
  b.forward(m.view(), x.data(), 8, mode::training, rng::key{3, stream::sampling, 9});
  CHECK(copy(a.output()) != copy(b.output()));
}

TEST_CASE("nets without steps pass their input on") {
  using n = net<input<2, 3>, flatten>;
  model<n> m{seed{1}};
  session<n, float, capability::forward> run(2);
  const auto x = wave<float>(12);
  run.forward(m.view(), x.data(), 2);
  CHECK(copy(run.output()) == x);
}

TEST_CASE("the first layer whose value is not finite is named") {
  model<small> m{seed{1}};
  session<small> run(4);
  auto x = wave<float>(20);
  const void* in[] = {x.data()};
  auto found = [&] { return run.first_bad_layer(m.view(), in, 3, mode::evaluation, {}); };
  CHECK(found().empty());
  auto bias = m.get("2.b.0.bias");
  bias[1] = std::numeric_limits<float>::infinity();
  m.set("2.b.0.bias", bias);
  CHECK(found().find("2.b.0.bias") != std::string::npos);
  bias[1] = 0;
  m.set("2.b.0.bias", bias);
  m.set("2.a.weight", std::vector<float>(12, 3e38F));
  CHECK(found().find("step 2 of 3, dense<3> (2.a)") == 0);
  x[7] = std::nanf("");
  CHECK(found() == "input");
}
