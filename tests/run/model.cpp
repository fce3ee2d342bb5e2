#include <doctest/doctest.h>
#include <genet/declare.hpp>
#include <genet/kernels.hpp>
#include <genet/run/model.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

using namespace genet;

namespace {

using moments = heads<head<"mean", dense<3>>, head<"log_variance", dense<3>>>;
struct encoder : net<input<1, 3, 4>, flatten, dense<9>, relu, batch_norm, dropout<0.2>, moments> {};
struct decoder : net<input<3>, dense<9, name<"wide">>, silu, dense<12>, reshape<1, 3, 4>> {};
using clothes = vae<encoder, decoder>;

template <class T>
std::vector<T> pixels(long rows) {
  std::vector<T> x(static_cast<std::size_t>(rows * 12));
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = T(0.5) + T(0.5) * static_cast<T>(std::sin(static_cast<double>(7 * i)));
  return x;
}
template <class T>
std::vector<T> trained_step(std::uint64_t from) {
  model<clothes, T> m{seed{from}};
  session<clothes, T> run(8);
  const auto x = pixels<T>(8);
  run.forward(m.view(), x.data(), 8, mode::training, rng::key{from, stream::training, 0});
  for (int k = 0; k < 3; ++k)
    for (T& g : run.output_gradient(k)) g = T(0.125);
  std::vector<T> all(m.parameters().size());
  run.backward(m.view(), all.data());
  for (int k = 0; k < 3; ++k) all.insert(all.end(), run.output(k).begin(), run.output(k).end());
  all.insert(all.end(), m.parameters().begin(), m.parameters().end());
  all.insert(all.end(), m.state().begin(), m.state().end());
  return all;
}

}  // namespace

TEST_CASE("tensors: names, shapes, groups, in the order of the declaration") {
  const auto& all = model<clothes>::tensors();
  std::vector<std::string> names;
  for (const tensor_info& t : all) names.emplace_back(t.name);
  CHECK(names == std::vector<std::string>{"encoder.1.weight", "encoder.1.bias", "encoder.3.weight", "encoder.3.bias",
                                          "encoder.5.mean.weight", "encoder.5.mean.bias",
                                          "encoder.5.log_variance.weight", "encoder.5.log_variance.bias",
                                          "decoder.wide.weight", "decoder.wide.bias", "decoder.2.weight",
                                          "decoder.2.bias", "encoder.3.running_mean", "encoder.3.running_var"});
  CHECK(all[0].s == shape_of({9, 12}));
  CHECK(all[1].member_of == parameter_group::bias);
  CHECK(all[2].member_of == parameter_group::norm);
  CHECK(all[12].trained == false);
  long elements = 0;
  for (const tensor_info& t : all) elements += t.trained ? t.s.size() : 0;
  CHECK(elements == clothes::parameter_count);
}

TEST_CASE_TEMPLATE("one aligned block each, padded with zeros", T, float, double) {
  model<clothes, T> m{seed{1}};
  CHECK(reinterpret_cast<std::uintptr_t>(m.parameters().data()) % 64 == 0);
  CHECK(reinterpret_cast<std::uintptr_t>(m.state().data()) % 64 == 0);
  std::vector<bool> owned(m.parameters().size());
  for (const tensor_info& t : m.tensors()) {
    CHECK(t.offset * static_cast<long>(sizeof(T)) % 64 == 0);
    if (t.trained)
      for (long i = 0; i < t.s.size(); ++i) {
        const auto at = static_cast<std::size_t>(t.place<T>(i));
        CHECK_FALSE(owned[at]);
        owned[at] = true;
      }
  }
  for (std::size_t i = 0; i < owned.size(); ++i)
    if (!owned[i]) CHECK(m.parameters()[i] == 0);
  CHECK(model<clothes, T>::bytes == static_cast<long>(sizeof(T) * (m.parameters().size() + m.state().size())));
}

TEST_CASE("get and set copy a named tensor and nothing else") {
  model<clothes> m{seed{1}};
  const std::vector<float> all(m.parameters().begin(), m.parameters().end());
  std::vector<float> v(27);
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<float>(i);
  m.set("decoder.wide.weight", v);
  CHECK(m.get("decoder.wide.weight") == v);
  std::vector<bool> own(all.size());
  for (long i = 0; i < 27; ++i) own[static_cast<std::size_t>(m.tensors()[8].place<float>(i))] = true;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (!own[i]) CHECK(m.parameters()[i] == all[i]);
  m.set("encoder.3.running_var", std::vector<float>(9, 4));
  CHECK(m.get("encoder.3.running_var") == std::vector<float>(9, 4));
}

TEST_CASE("errors name the tensor, and change nothing") {
  model<clothes> m{seed{1}};
  const auto before = m.get("decoder.2.bias");
  CHECK_THROWS_WITH_AS(m.get("decoder.7.bias"), "model: there is no tensor named decoder.7.bias", usage_error);
  CHECK_THROWS_AS(m.get(""), usage_error);
  CHECK_THROWS_WITH_AS(m.set("decoder.2.bias", std::vector<float>(11)),
                       "model: decoder.2.bias (12) has 12 elements, got 11", usage_error);
  CHECK_THROWS_AS(m.set("decoder.2", std::vector<float>(12)), usage_error);
  CHECK(m.get("decoder.2.bias") == before);
}

TEST_CASE_TEMPLATE("the same seed gives the same bits, another seed others", T, float, double) {
  CHECK(trained_step<T>(5) == trained_step<T>(5));
  CHECK(trained_step<T>(5) != trained_step<T>(6));
}

TEST_CASE("fresh parameters: each tensor its own draws, within nn.Linear's bounds; norms and state at their start") {
  model<clothes> m{seed{1}};
  const auto w = m.get("encoder.5.mean.weight"), other = m.get("encoder.5.log_variance.weight");
  CHECK(w != other);
  for (float x : m.get("encoder.1.weight")) CHECK(std::abs(x) <= 1 / std::sqrt(12.F));
  for (float x : m.get("encoder.1.bias")) CHECK(std::abs(x) <= 1 / std::sqrt(12.F));
  CHECK(m.get("encoder.3.weight") == std::vector<float>(9, 1));
  CHECK(m.get("encoder.3.running_mean") == std::vector<float>(9, 0));
  CHECK(m.get("encoder.3.running_var") == std::vector<float>(9, 1));
  const auto before = m.get("encoder.1.weight");
  m.set("encoder.1.weight", std::vector<float>(108));
  m.set("encoder.3.running_mean", std::vector<float>(9, 5));
  m.reset(seed{1});
  CHECK(m.get("encoder.1.weight") == before);
  CHECK(m.get("encoder.3.running_mean") == std::vector<float>(9, 0));
  m.reset(seed{2});
  CHECK(m.get("encoder.1.weight") != before);
}

TEST_CASE("float and double from one declaration") {
  model<clothes, float> f{seed{1}};
  model<clothes, double> d{seed{1}};
  for (const tensor_info& t : f.tensors()) {
    const auto v = f.get(t.name);
    d.set(t.name, std::vector<double>(v.begin(), v.end()));
  }
  session<clothes, float, capability::forward> run_f(5);
  session<clothes, double, capability::forward> run_d(5);
  const std::vector<float> zero_f(15);
  const std::vector<double> zero_d(15);
  run_f.inject_noise(1, zero_f.data());
  run_d.inject_noise(1, zero_d.data());
  const auto x_f = pixels<float>(5);
  const std::vector<double> x_d(x_f.begin(), x_f.end());
  run_f.forward(f.view(), x_f.data(), 5);
  run_d.forward(d.view(), x_d.data(), 5);
  for (std::size_t i = 0; i < run_f.output().size(); ++i)
    CHECK(run_f.output()[i] == doctest::Approx(run_d.output()[i]).epsilon(1e-5));
}

TEST_CASE("a const model serves several threads, each with its own session") {
  const model<clothes> m{seed{1}};
  const auto x = pixels<float>(16);
  auto evaluate = [&](std::vector<float>& to) {
    session<clothes> run(16);
    for (int k = 0; k < 50; ++k) {
      run.forward(m.view(), x.data(), 16, mode::training, rng::key{1, stream::training, 3});
      for (float& g : run.output_gradient()) g = 1;
      std::vector<float> gradients(m.parameters().size());
      for (int i : {1, 2})
        for (float& g : run.output_gradient(i)) g = 0;
      run.backward(m.view(), gradients.data());
      to.assign(run.output().begin(), run.output().end());
      to.insert(to.end(), gradients.begin(), gradients.end());
    }
  };
  std::vector<float> first, second, alone;
  const std::vector<float> state(m.state().begin(), m.state().end());
  std::thread a([&] { evaluate(first); }), b([&] { evaluate(second); });
  a.join();
  b.join();
  evaluate(alone);
  CHECK(first == alone);
  CHECK(second == alone);
  CHECK(state == std::vector<float>(m.state().begin(), m.state().end()));
}

TEST_CASE("a part runs as its own net") {
  const model<clothes> m{seed{1}};
  session<decoder, float, capability::forward> run(2);
  const float z[] = {0, 0, 0, 1, 2, 3};
  run.forward(m.part<"decoder">(), z, 2);
  session<decoder, float, capability::forward> other(2);
  model<decoder> d{seed{9}};
  for (const tensor_info& t : d.tensors()) {
    const std::string name = "decoder." + std::string(t.name);
    d.set(t.name, m.get(name));
  }
  other.forward(d.view(), z, 2);
  CHECK(std::vector<float>(run.output().begin(), run.output().end()) ==
        std::vector<float>(other.output().begin(), other.output().end()));
}

TEST_CASE("the summary is the declaration's") { CHECK(model<clothes>::summary() == summary<clothes>()); }
