#pragma once
// Files for the tests of data/: IDX bytes made by hand, compressed by zlib.
#include <zlib.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "files.hpp"

inline std::string header(std::initializer_list<std::uint32_t> dimensions, unsigned char type = 8) {
  std::string out{0, 0, static_cast<char>(type), static_cast<char>(dimensions.size())};
  for (const auto d : dimensions) {
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(d >> shift & 255);
  }
  return out;
}

/// `n` bytes 0, 1, 2, ... 250, 0, ...
inline std::string ramp(std::size_t n) {
  std::string out(n, '\0');
  for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<char>(i % 251);
  return out;
}

/// One gzip member.
inline std::string gz(std::string_view bytes) {
  z_stream z{};
  deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&z, static_cast<uLong>(bytes.size())) + 32, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}
