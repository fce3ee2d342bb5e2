#pragma once
#include <array>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "deflate.hpp"
#include "../io/atomic_file.hpp"
#include "image.hpp"

namespace genet::inline GENET_ISA::png {

namespace detail {

inline std::uint32_t crc32(std::span<const std::byte> in) {
  static constexpr auto table = [] {
    std::array<std::uint32_t, 256> t{};
    for (std::uint32_t n = 0; n < 256; ++n) {
      t[n] = n;
      for (int k = 0; k < 8; ++k) t[n] = t[n] & 1u ? 0xedb88320u ^ (t[n] >> 1) : t[n] >> 1;
    }
    return t;
  }();
  std::uint32_t c = 0xffffffffu;
  for (const auto x : in) c = table[(c ^ std::to_integer<std::uint32_t>(x)) & 0xff] ^ (c >> 8);
  return ~c;
}

inline void put_big_endian(std::vector<std::byte>& out, std::uint32_t v) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::byte>(v >> shift & 0xff));
}

inline void put_chunk(std::vector<std::byte>& out, std::string_view type, std::span<const std::byte> content) {
  put_big_endian(out, static_cast<std::uint32_t>(content.size()));
  const std::size_t start = out.size();
  for (const char c : type) out.push_back(static_cast<std::byte>(c));
  out.insert(out.end(), content.begin(), content.end());
  put_big_endian(out, crc32(std::span{out}.subspan(start)));
}

/// Every line with the filter of the five (PNG specification, 9.2) whose residues have the least sum of magnitudes.
inline std::vector<std::byte> filtered(const image& i) {
  const std::size_t line = static_cast<std::size_t>(i.width) * static_cast<std::size_t>(i.channels);
  const std::size_t bpp = static_cast<std::size_t>(i.channels);
  const std::vector<std::uint8_t> nothing(line);
  std::vector<std::byte> out, candidate(line), best;
  out.reserve((line + 1) * static_cast<std::size_t>(i.height));
  for (int y = 0; y < i.height; ++y) {
    const std::uint8_t* now = i.at(0, y);
    const std::uint8_t* above = y ? i.at(0, y - 1) : nothing.data();
    long least = -1;
    int chosen = 0;
    for (int f = 0; f < 5; ++f) {
      long cost = 0;
      for (std::size_t x = 0; x < line; ++x) {
        const int a = x >= bpp ? now[x - bpp] : 0, b = above[x], c = x >= bpp ? above[x - bpp] : 0;
        const int p = a + b - c, pa = std::abs(p - a), pb = std::abs(p - b), pc = std::abs(p - c);
        const int paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
        const int prediction = f == 0 ? 0 : f == 1 ? a : f == 2 ? b : f == 3 ? (a + b) / 2 : paeth;
        const auto residue = static_cast<std::uint8_t>(now[x] - prediction);
        candidate[x] = std::byte{residue};
        cost += std::abs(static_cast<std::int8_t>(residue));
      }
      if (least < 0 || cost < least) least = cost, chosen = f, best = candidate;
    }
    out.push_back(static_cast<std::byte>(chosen));
    out.insert(out.end(), best.begin(), best.end());
  }
  return out;
}

}  // namespace detail

/// The picture as a PNG file in memory: 8 bits, grey or RGB, compressed, no metadata, so that equal pictures are
/// equal files.
inline std::vector<std::byte> bytes(const image& i) {
  if (i.pixels.empty()) throw usage_error("png: the image is empty");
  std::vector<std::byte> out;
  for (const int c : {0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a}) out.push_back(static_cast<std::byte>(c));
  std::vector<std::byte> header;
  detail::put_big_endian(header, static_cast<std::uint32_t>(i.width));
  detail::put_big_endian(header, static_cast<std::uint32_t>(i.height));
  for (const int c : {8, i.channels == 3 ? 2 : 0, 0, 0, 0}) header.push_back(static_cast<std::byte>(c));
  detail::put_chunk(out, "IHDR", header);
  detail::put_chunk(out, "IDAT", compress(detail::filtered(i)));
  detail::put_chunk(out, "IEND", {});
  return out;
}

/// Replaces the file at `path` as a whole. Errors: `io_error`.
inline void write(const std::filesystem::path& path, const image& i) { io::write_atomically(path, bytes(i)); }

}  // namespace genet::png
