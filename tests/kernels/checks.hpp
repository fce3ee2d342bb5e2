#pragma once
#include <doctest/doctest.h>
#include <genet/run/check_layer.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <vector>

namespace checks {

using namespace genet;

/// The gradients of a net agree with central differences for 1, 3 and 17 examples.
template <class Net>
void gradients_are_right(gradient_check o = {}) {
  for (long rows : {1L, 3L, 17L}) {
    if (o.how == mode::training && rows < o.rows && o.rows > 1) continue;  // batch norm: from o.rows on
    gradient_check at = o;
    at.rows = rows;
    const gradient_report r = check_gradients<Net>(at);
    INFO("rows " << rows << ": " << r.where << " is off by " << r.worst);
    CHECK(r.passed);
  }
}
/// The check of the same net must notice that they are wrong.
template <class Net>
void gradients_are_wrong(gradient_check o = {}) {
  const gradient_report r = check_gradients<Net>(o);
  INFO(r.where << " is off by " << r.worst);
  CHECK_FALSE(r.passed);
  CHECK(r.worst > 5e-6);
}

/// A layer whose backward pass is off by a little: it scales the gradient of one input, or of one parameter.
template <class L, int Input, int Parameter = -1>
struct wrong : L {};

inline constexpr double slightly = 1.0001;

/// The largest difference of two tensors over the largest value.
template <class A, class B>
double difference(const A& a, const B& b) {
  REQUIRE(a.size() == b.size());
  double off = 0, largest = 1e-30;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
    if (!(std::abs(x - y) <= 1e300)) return 1e300;
    off = std::max(off, std::abs(x - y));
    largest = std::max({largest, std::abs(x), std::abs(y)});
  }
  return off / largest;
}

/// Numbers that a float can hold, different for each `which`.
template <class T>
std::vector<T> numbers(long n, std::uint32_t which) {
  std::vector<float> v(static_cast<std::size_t>(n));
  rng::normal(std::span<float>(v), rng::key{99, which, 0});
  return {v.begin(), v.end()};
}

/// Everything that a pass computes.
template <class T>
struct pass {
  std::vector<std::vector<T>> outputs;
  std::vector<T> gradients, input_gradient, state;
};

/// Examples for the sources of a net: numbers, and integers below their limits.
template <class T>
struct examples_of {
  examples_of(const bundle& source, long rows, std::uint32_t which) : n(source.n) {
    for (int i = 0; i < n; ++i) {
      const auto k = static_cast<std::size_t>(i);
      reals[k] = numbers<T>(rows * source[i].s.size(), which + 10000 * static_cast<std::uint32_t>(i));
      for (const T x : reals[k])
        integers[k].push_back(static_cast<std::int32_t>(std::abs(x) * 1000) % std::max(source[i].limit, 1));
      at[k] = source[i].kind == element::real ? static_cast<const void*>(reals[k].data()) : integers[k].data();
    }
  }
  operator std::span<const void* const>() const { return {at.data(), static_cast<std::size_t>(n)}; }

  int n;
  std::array<std::vector<T>, max_edges> reals;
  std::array<std::vector<std::int32_t>, max_edges> integers;
  std::array<const void*, max_edges> at{};
};

/// A training or evaluation step on given numbers. `noise` goes to the first drawing step, if there is one.
template <class Net, class T>
pass<T> step_of(long capacity, long rows, mode how, const std::vector<double>& noise = {}, int steps = 1,
                int threads = 1) {
  constexpr const bundle& source = Net::net_type::source;
  tensor::team team(threads);
  model<Net, T> m{seed{3}};
  std::uint32_t which = 1000;
  for (const tensor_info& t : m.tensors())
    if (t.trained) {
      std::vector<T> v = numbers<T>(t.s.size(), which++);
      for (T& x : v) x *= T(0.5);
      m.set(t.name, v);
    }
  session<Net, T, capability::full_gradient> run(capacity, team);
  run.poison(T(1e30));
  const std::vector<T> injected(noise.begin(), noise.end());
  if (!noise.empty()) run.inject_noise(0, injected.data());
  pass<T> p;
  std::vector<T> gradients(m.parameters().size());
  for (int k = 0; k < steps; ++k) {
    const examples_of<T> x(source, rows, static_cast<std::uint32_t>(k));
    run.forward(m.view(), x, rows, how, rng::key{5, stream::training, static_cast<std::uint64_t>(k)});
    p.outputs.clear();
    for (int i = 0; i < Net::net_type::outputs.n; ++i) {
      p.outputs.emplace_back(run.output(i).begin(), run.output(i).end());
      const auto dy = numbers<T>(static_cast<long>(run.output(i).size()), 100 + static_cast<std::uint32_t>(i));
      std::copy(dy.begin(), dy.end(), run.output_gradient(i).begin());
    }
    run.backward(m.view(), gradients.data(), k > 0);
    p.input_gradient.clear();
    for (int i = 0; i < source.n; ++i)
      if (source[i].kind == element::real) std::ranges::copy(run.input_gradient(i), std::back_inserter(p.input_gradient));
  }
  for (const tensor_info& t : m.tensors())
    if (t.trained) std::ranges::copy(t.read(gradients.data()), std::back_inserter(p.gradients));
  p.state.assign(m.state().begin(), m.state().end());
  return p;
}

template <class A, class B>
double difference(const pass<A>& a, const pass<B>& b) {
  double off = std::max({difference(a.gradients, b.gradients), difference(a.input_gradient, b.input_gradient),
                         difference(a.state, b.state)});
  for (std::size_t i = 0; i < a.outputs.size(); ++i) off = std::max(off, difference(a.outputs[i], b.outputs[i]));
  return off;
}

/// The same declaration in float and in double gives the same numbers, up to rounding; two steps, so that gradients
/// are also added.
template <class Net>
void float_agrees_with_double(mode how = mode::training, const std::vector<double>& noise = {}, long rows = 17) {
  const double off =
      difference(step_of<Net, float>(rows, rows, how, noise, 2), step_of<Net, double>(rows, rows, how, noise, 2));
  INFO("off by " << off);
  CHECK(off < 1e-5);
}

/// A batch that does not fill the session gives the same bits as a session of its size.
template <class Net>
void partial_batches_agree(mode how = mode::training) {
  for (long rows : {2L, 3L, 16L, 36L, 37L})
    CHECK(difference(step_of<Net, float>(37, rows, how), step_of<Net, float>(rows, rows, how)) == 0);
}

/// So does any number of threads.
template <class Net>
void any_team_gives_the_same_bits() {
  constexpr long rows = 150;
  const auto of_a_team = [](int threads) {
    return step_of<Net, float>(rows + 10, rows, mode::training, {}, 1, threads);
  };
  const auto expected = of_a_team(1);
  for (int threads : {2, 3, 8}) {
    const auto found = of_a_team(threads);
    CHECK(found.outputs == expected.outputs);
    CHECK(found.gradients == expected.gradients);
    CHECK(found.input_gradient == expected.input_gradient);
    CHECK(found.state == expected.state);
  }
}

/// All that every layer promises.
template <class Net>
void everything(gradient_check o = {}, const std::vector<double>& noise = {}) {
  gradients_are_right<Net>(o);
  float_agrees_with_double<Net>(o.how, noise);
  if (noise.empty()) partial_batches_agree<Net>(o.how);
}

}  // namespace checks

template <class L, int Input, int Parameter>
struct genet::compute<checks::wrong<L, Input, Parameter>> : genet::compute<L> {
  template <class T, shapes In, wants Want>
  static void backward(const context<T>& c) {
    compute<L>::template backward<T, In, Want>(c);
    if constexpr (Input >= 0 && Want.input(Input))
      for (long i = 0; i < c.rows * In[Input].size(); ++i) c.in_gradient[Input][i] *= T(checks::slightly);
    if constexpr (Parameter >= 0 && Want.parameters) c.parameter_gradient[Parameter][0] *= T(checks::slightly);
    if constexpr (Parameter >= 0 && Want.parameters) c.parameter_gradient[Parameter][1] *= T(checks::slightly);
  }
};
