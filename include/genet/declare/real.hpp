#pragma once
#include "text.hpp"

namespace genet::inline GENET_ISA {

/// A decimal number as a template argument: `dropout<0.2>`, `leaky_relu<0.01>`.
/// clang < 18 has no floating template arguments; this structural decimal converts from a literal and prints as one.
/// Keeps twelve significant digits.
struct real {
  long mantissa = 0;
  int exponent = 0;  // of ten, <= 0

  consteval real(int v) : mantissa(v) {}
  consteval real(double v) {
    const double magnitude = v < 0 ? -v : v;
    double power = 1;
    for (int k = 0; k < 18; ++k, power *= 10) {
      const double scaled = magnitude * power;
      const long rounded = static_cast<long>(scaled + 0.5);
      const double off = scaled > static_cast<double>(rounded) ? scaled - static_cast<double>(rounded)
                                                               : static_cast<double>(rounded) - scaled;
      if (off <= scaled * 1e-12) {
        mantissa = v < 0 ? -rounded : rounded;
        exponent = -k;
        return;
      }
    }
    throw "a number in a declaration must be finite";
  }

  constexpr double value() const {
    double power = 1;
    for (int i = exponent; i < 0; ++i) power *= 10;
    return static_cast<double>(mantissa) / power;
  }
  constexpr bool operator==(const real&) const = default;
};

/// As written: `0.2`, `-1`, `0.00001`.
constexpr text show(real r) {
  text t;
  long m = r.mantissa;
  if (m < 0) {
    t << "-";
    m = -m;
  }
  long power = 1;
  for (int i = r.exponent; i < 0; ++i) power *= 10;
  t << m / power;
  if (power > 1) {
    t << ".";
    for (long p = power / 10; p > 0; p /= 10) t << (m / p) % 10;
  }
  return t;
}

}  // namespace genet
