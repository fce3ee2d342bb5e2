#pragma once
#include <cstddef>
#include <string_view>

#include "isa.hpp"

namespace genet::inline GENET_ISA {

/// A string that constexpr code can build without allocating. What does not fit is dropped.
class text {
 public:
  static constexpr int capacity = 400;

  constexpr text() = default;
  constexpr text(std::string_view s) { *this << s; }
  constexpr text(const char* s) { *this << std::string_view(s); }

  constexpr text& operator<<(std::string_view s) {
    for (char c : s)
      if (size_ < capacity) data_[size_++] = c;
    return *this;
  }
  constexpr text& operator<<(const char* s) { return *this << std::string_view(s); }
  constexpr text& operator<<(const text& other) { return *this << other.view(); }
  constexpr text& operator<<(long v) {
    char digits[24]{};
    int n = 0;
    const bool negative = v < 0;
    do {
      const long digit = v % 10;
      digits[n++] = static_cast<char>('0' + (digit < 0 ? -digit : digit));
    } while (v /= 10);
    if (negative) digits[n++] = '-';
    while (n) *this << std::string_view(&digits[--n], 1);
    return *this;
  }
  constexpr text& operator<<(int v) { return *this << static_cast<long>(v); }

  constexpr std::string_view view() const { return {data_, static_cast<std::size_t>(size_)}; }
  constexpr int size() const { return size_; }

 private:
  char data_[capacity]{};
  int size_ = 0;
};

/// A string literal as a template argument: `name<"fc1">`.
template <std::size_t N>
struct fixed_string {
  char data[N]{};
  consteval fixed_string(const char (&literal)[N]) {
    for (std::size_t i = 0; i < N; ++i) data[i] = literal[i];
  }
  constexpr std::string_view view() const { return {data, N - 1}; }
};

/// The one object behind equal literals, so that views of it stay valid.
template <fixed_string S>
inline constexpr fixed_string stored = S;

}  // namespace genet
