#pragma once
// Files for the tests of data/: IDX bytes made by hand, compressed by zlib.
#include <zlib.h>

#include <unistd.h>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>
#include <string_view>

#include "genet/declare/error.hpp"

/// A directory that goes away with the object.
struct place {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("genet_data_" + std::to_string(::getpid()));
  place() {
    std::filesystem::remove_all(path);
    std::filesystem::create_directory(path);
  }
  ~place() { std::filesystem::remove_all(path); }

  std::filesystem::path put(const std::string& name, std::string_view bytes) const {
    std::ofstream(path / name, std::ios::binary) << bytes;
    return path / name;
  }
};

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

/// What a genet::error says, with its kind in front.
std::string message(auto&& action) {
  try {
    action();
  } catch (const genet::bad_input& e) {
    return std::string("bad_input ") + e.what();
  } catch (const genet::io_error& e) {
    return std::string("io_error ") + e.what();
  } catch (const genet::usage_error& e) {
    return std::string("usage_error ") + e.what();
  }
  return "nothing thrown";
}

inline bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }
