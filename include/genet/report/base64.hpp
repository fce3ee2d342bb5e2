#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "../declare/isa.hpp"

namespace genet::inline GENET_ISA {

/// RFC 4648, section 4, with padding.
inline std::string base64(std::span<const std::byte> in) {
  static constexpr char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((in.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < in.size(); i += 3) {
    std::uint32_t word = 0;
    for (std::size_t k = 0; k < 3; ++k)
      word = word << 8 | (i + k < in.size() ? std::to_integer<std::uint32_t>(in[i + k]) : 0);
    for (std::size_t k = 0; k < 4; ++k) out += i + k > in.size() ? '=' : digit[word >> (18 - 6 * k) & 63];
  }
  return out;
}

}  // namespace genet
