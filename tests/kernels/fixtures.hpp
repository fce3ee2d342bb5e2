#pragma once
// What PyTorch computed (tests/fixtures/make_torch.py), beside what a net computes: values, gradients of inputs and
// parameters, and state. In double to 1e-10, in float to 1e-5 of the largest value.
#include <doctest/doctest.h>
#include <genet/io/safetensors.hpp>
#include <genet/run/model.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace fixtures {

using namespace genet;

/// The file that holds an array.
inline const io::tensor_file& file(const std::string& array) {
  static const auto read = [](const char* name) {
    return io::tensor_file::read(std::string("tests/fixtures/torch/") + name + ".safetensors");
  };
  static const std::array files{read("layers"), read("convolutions"), read("maps"), read("sequences"), read("texts")};
  for (const io::tensor_file& f : files)
    if (f.find(array)) return f;
  return files[0];
}
template <class T>
std::vector<T> array(const std::string& name) {
  return file(name).get<T>(name);
}
inline bool has(const std::string& name) { return file(name).find(name) != nullptr; }

/// Part `i` of `of` equal parts of an array.
template <class T>
std::vector<T> part_of(const std::vector<T>& v, long i, long of) {
  const auto n = static_cast<std::ptrdiff_t>(v.size()) / of;
  return {v.begin() + i * n, v.begin() + (i + 1) * n};
}

/// The largest difference is at most this part of the largest expected value.
template <class T>
constexpr double tolerance = sizeof(T) == 8 ? 1e-10 : 1e-5;

template <class T>
void compare(const std::string& name, std::span<const T> found, const std::vector<double>& expected) {
  REQUIRE_MESSAGE(found.size() == expected.size(), name);
  double off = 0, largest = 1e-300;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double d = std::abs(static_cast<double>(found[i]) - expected[i]);
    off = d <= off ? off : d;  // keeps NaN
    largest = std::max(largest, std::abs(expected[i]));
  }
  if (largest < 1e-12) largest = 0.1;  // exactly zero but for rounding: a bias before a batch norm
  INFO(name << " is off by " << off << " of " << largest);
  CHECK(off <= tolerance<T> * largest);
}

template <class Net, class T>
void load(model<Net, T>& m, const std::string& name) {
  for (const tensor_info& t : m.tensors()) {
    const std::string key(t.name);
    m.set(t.name, t.trained ? array<T>(name + "/parameter." + key) : array<T>(name + "/state." + key + ".before"));
  }
}
template <class Net, class T>
void compare_gradients(const model<Net, T>& m, std::span<const T> gradients, const std::string& name, long batch,
                       long batches) {
  for (const tensor_info& t : m.tensors())
    if (t.trained) {
      const std::vector<T> found = t.read(gradients.data());
      const std::string key = name + "/gradient." + std::string(t.name);
      compare<T>(key, std::span<const T>(found), part_of(array<double>(key), batch, batches));
    }
}
template <class Net, class T>
void compare_state(const model<Net, T>& m, const std::string& name, mode how, long batch, long batches) {
  for (const tensor_info& t : m.tensors())
    if (!t.trained) {
      const std::string key = name + "/state." + std::string(t.name);
      const auto found = m.get(t.name);
      const bool moved = how == mode::training;
      compare<T>(key, std::span<const T>(found),
                 moved ? part_of(array<double>(key + ".after"), batch, batches) : array<double>(key + ".before"));
    }
}

/// Part `b` of the examples of each source, in `batches` parts.
template <class T>
struct examples_of {
  examples_of(const bundle& source, const std::string& name, long b, long batches) : n(source.n) {
    for (int i = 0; i < n; ++i) {
      const auto k = static_cast<std::size_t>(i);
      const std::string key = name + "/input" + suffix(source, i);
      const bool real = source[i].kind == element::real;
      if (real) reals[k] = part_of(array<T>(key), b, batches);
      else integers[k] = part_of(array<std::int32_t>(key), b, batches);
      at[k] = real ? static_cast<const void*>(reals[k].data()) : integers[k].data();
      rows = static_cast<long>(real ? reals[k].size() : integers[k].size()) / source[i].s.size();
    }
  }
  operator std::span<const void* const>() const { return {at.data(), static_cast<std::size_t>(n)}; }
  static std::string suffix(const bundle& source, int i) {
    return source.n == 1 ? "" : "." + std::string(source[i].name);
  }

  int n;
  long rows = 0;
  std::array<std::vector<T>, max_edges> reals;
  std::array<std::vector<std::int32_t>, max_edges> integers;
  std::array<const void*, max_edges> at{};
};

/// A net from one or several sources to one or several outputs, on `batches` batches in turn.
template <class Net, class T>
void matches(const std::string& name, mode how = mode::training, long batches = 1) {
  using net_type = typename Net::net_type;
  model<Net, T> m{seed{1}};
  load(m, name);
  const long rows = examples_of<T>(net_type::source, name, 0, batches).rows;
  session<Net, T, capability::full_gradient> run(rows + 3);
  std::vector<T> gradients(m.parameters().size());
  for (long b = 0; b < batches; ++b) {
    run.poison(T(1e30));
    const examples_of<T> input(net_type::source, name, b, batches);
    run.forward(m.view(), input, rows, how);
    for (int i = 0; i < net_type::outputs.n; ++i) {
      const std::string suffix = has(name + "/output") ? "" : "." + std::string(net_type::outputs[i].name);
      const std::string key = name + "/output" + suffix;
      compare<T>(key, run.output(i), part_of(array<double>(key), b, batches));
      const auto dy = part_of(array<T>(name + "/output_gradient" + suffix), b, batches);
      std::copy(dy.begin(), dy.end(), run.output_gradient(i).begin());
    }
    run.backward(m.view(), gradients.data());
    for (int i = 0; i < net_type::source.n; ++i)
      if (net_type::source[i].kind == element::real) {
        const std::string key = name + "/input_gradient" + examples_of<T>::suffix(net_type::source, i);
        compare<T>(key, run.input_gradient(i), part_of(array<double>(key), b, batches));
      }
    compare_gradients(m, std::span<const T>(gradients), name, b, batches);
    compare_state(m, name, how, b, batches);
  }
}

}  // namespace fixtures
