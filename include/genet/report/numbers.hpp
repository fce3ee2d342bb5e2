#pragma once
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <string>

#include "../declare/isa.hpp"

namespace genet::inline GENET_ISA::show_number {

/// The shortest text that reads back as the same double; `nan`, `inf`, `-inf`. Always a point, whatever the locale.
inline std::string exact(double v) {
  if (std::isnan(v)) return "nan";
  std::array<char, 40> t{};
  return {t.data(), std::to_chars(t.data(), t.data() + t.size(), v).ptr};
}

/// At most this many digits after the point.
inline std::string fixed(double v, int digits) {
  if (!std::isfinite(v)) return exact(v);
  std::array<char, 400> t{};
  return {t.data(), std::to_chars(t.data(), t.data() + t.size(), v, std::chars_format::fixed, digits).ptr};
}

/// As printf's %g: at most this many significant digits, no zeros at the end.
inline std::string general(double v, int digits) {
  if (!std::isfinite(v)) return exact(v);
  std::array<char, 40> t{};
  return {t.data(), std::to_chars(t.data(), t.data() + t.size(), v, std::chars_format::general, digits).ptr};
}

/// For people: `244.3`, `16.1`, `2.31`, `0.0123`, `1.2e-05`, `12345`.
inline std::string brief(double v) {
  const double size = std::abs(v);
  if (!std::isfinite(v) || v == 0) return exact(v == 0 ? 0 : v);
  if (size < 1e-3 || size >= 1e7) {
    std::array<char, 40> t{};
    return {t.data(), std::to_chars(t.data(), t.data() + t.size(), v, std::chars_format::scientific, 1).ptr};
  }
  if (size < 0.9995) return fixed(v, size < 0.01 ? 5 : size < 0.1 ? 4 : 3);
  return fixed(v, size < 9.995 ? 2 : size < 9999.5 ? 1 : 0);
}

/// A rate with a magnitude: `853`, `4.1k`, `41k`, `1.2M`.
inline std::string magnitude(double v) {
  if (!(v >= 999.5)) return fixed(v, 0);
  const bool mega = v >= 999'500;
  const double scaled = v / (mega ? 1e6 : 1e3);
  return fixed(scaled, scaled < 9.95 ? 1 : 0) + (mega ? "M" : "k");
}

/// `652,824`
inline std::string grouped(long long v) {
  const std::string digits = std::to_string(v);
  std::string t;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const bool first = i == 0 || digits[i - 1] == '-';
    if (!first && (digits.size() - i) % 3 == 0) t += ',';
    t += digits[i];
  }
  return t;
}

/// `0:00:41`, hours without limit; `-:--:--` when unknown.
inline std::string clock(double seconds) {
  if (!(seconds >= 0 && seconds < 1e10)) return "-:--:--";
  const long long s = std::llround(seconds);
  std::array<char, 40> t{};
  std::snprintf(t.data(), t.size(), "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
  return t.data();
}

/// For people: `0.85 s`, `1.5 s`, `41 s`, `3 min 20 s`, `2 h 05 min`.
inline std::string duration(double seconds) {
  if (!(seconds >= 0 && seconds < 1e10)) return "?";
  if (seconds < 59.5) return fixed(seconds, seconds < 0.995 ? 2 : seconds < 9.95 ? 1 : 0) + " s";
  const long long s = std::llround(seconds);
  std::array<char, 40> t{};
  if (s < 3600) std::snprintf(t.data(), t.size(), "%lld min %02lld s", s / 60, s % 60);
  else std::snprintf(t.data(), t.size(), "%lld h %02lld min", s / 3600, s / 60 % 60);
  return t.data();
}

}  // namespace genet::show_number
