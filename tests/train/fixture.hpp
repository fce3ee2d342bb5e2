#pragma once
// What tests of this folder share: PyTorch's arrays, and how far a result is off.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include <genet/io/safetensors.hpp>

/// Largest difference, as part of the largest expected value; NaN when one is found.
template <class T>
double difference(const std::vector<T>& found, const std::vector<double>& expected) {
  REQUIRE(found.size() == expected.size());
  double worst = 0, largest = 1e-300;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double d = std::abs(static_cast<double>(found[i]) - expected[i]);
    if (std::isnan(d)) return d;
    worst = std::max(worst, d);
    largest = std::max(largest, std::abs(expected[i]));
  }
  return worst / largest;
}

/// How far PyTorch's double results may be away, as part of the largest value.
template <class T>
constexpr double tolerance = sizeof(T) == 8 ? 1e-10 : 1e-5;

/// Norm of the difference between a gradient and central differences of f at x, relative to the latter's norm.
inline double gradient_error(const std::function<double(const std::vector<double>&)>& f, std::vector<double> x,
                             const std::vector<double>& gradient) {
  REQUIRE(x.size() == gradient.size());
  constexpr double h = 1e-5;
  double off = 0, norm = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double here = x[i];
    x[i] = here + h;
    const double above = f(x);
    x[i] = here - h;
    const double slope = (above - f(x)) / (2 * h);
    x[i] = here;
    off += (slope - gradient[i]) * (slope - gradient[i]);
    norm += slope * slope;
  }
  return std::sqrt(off / norm);
}

/// n numbers without pattern in (-1, 1).
inline std::vector<double> numbers(long n, unsigned seed) {
  std::vector<double> x(static_cast<std::size_t>(n));
  for (auto& v : x) {
    seed = seed * 1664525u + 1013904223u;
    v = static_cast<double>(seed >> 8) / 8388608.0 - 1;
  }
  return x;
}
