#pragma once
// What tests of this folder share: arrays of NumPy, SciPy and scikit-learn, random points, and the start of errors.
#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <genet/io/safetensors.hpp>
#include <genet/metrics/points.hpp>
#include <genet/random/distributions.hpp>

template <class T = double>
std::vector<T> fixture(const std::string& name) {
  static const auto file = genet::io::tensor_file::read("tests/fixtures/metrics.safetensors");
  return file.get<T>(name);
}

inline double expected(const std::string& name) { return fixture(name).at(0); }

/// Standard normal numbers, the same for a seed.
inline std::vector<double> normal_numbers(long n, std::uint64_t seed) {
  std::vector<double> x(static_cast<std::size_t>(n));
  genet::rng::normal(std::span(x), genet::rng::key{seed, 0, 0});
  return x;
}

/// What an error says.
template <class Error, class F>
std::string message(const F& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

inline const double nan_ = std::numeric_limits<double>::quiet_NaN();
