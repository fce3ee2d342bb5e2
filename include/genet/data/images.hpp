#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "../declare/error.hpp"
#include "../declare/shape.hpp"
#include "examples.hpp"
#include "idx.hpp"
#include "labels.hpp"

namespace genet::inline GENET_ISA::data {

/// Do images of the file fit the input `s`? Leading ones do not count: (28,28) fits (1,28,28); a vector takes any
/// image of its size: (28,28) fits (784).
inline bool fits(std::span<const std::uint32_t> image, const shape& s) {
  const auto without_ones = [](auto first, auto last) {
    return std::find_if(first, last, [](auto d) { return d != 1; });
  };
  const auto a = without_ones(image.begin(), image.end());
  const int* end = s.d + s.rank;
  const int* b = without_ones(s.d, end);
  const auto same = [](std::uint32_t x, int y) { return y >= 0 && x == static_cast<std::uint32_t>(y); };
  if (std::equal(a, image.end(), b, end, same)) return true;
  // idx has checked that the product does not overflow.
  std::uint64_t size = 1;
  for (const auto d : image) size *= d;
  return s.rank == 1 && s.size() >= 0 && size == static_cast<std::uint64_t>(s.size());
}

/// `images<S>` with the shape at run time.
inline examples images(const std::filesystem::path& path, const shape& s) {
  idx f(path);
  const std::string wanted = "images that fit the input " + std::string(show(s).view());
  if (f.rank() < 2) {
    f.fail(3, "found rank 1, dimensions " + f.show() + " (a labels file?)", "rank 2 or more, " + wanted);
  }
  if (!fits(f.dimensions().subspan(1), s)) f.fail(8, "found images " + f.show(1), wanted);

  examples out{static_cast<long>(f.count()), static_cast<long>(f.record()), {}, {}};
  // What the file declares is believed as far as its size supports it; beyond, memory grows with what is really
  // there.
  out.x.reserve(static_cast<std::size_t>(std::min(f.size(), f.file_size() * 8)));
  std::array<std::uint8_t, 16 * 1024> block;
  while (out.x.size() < f.size()) {
    const auto part = std::span(block).first(std::min<std::size_t>(block.size(), f.size() - out.x.size()));
    f.read(part);
    const auto at = out.x.size();
    out.x.resize(at + part.size());
    std::ranges::transform(part, out.x.begin() + static_cast<std::ptrdiff_t>(at),
                           [](std::uint8_t v) { return static_cast<float>(v) / 255.0f; });
  }
  f.finish();
  return out;
}

/// Images of an IDX file (plain or .gz) as numbers from 0 to 1, for a net whose input is S. The file's dimensions are
/// checked against S before the pixels are read. Throws io_error, or bad_input naming file, byte, found and expected.
template <shape S>
examples images(const std::filesystem::path& path) {
  return images(path, S);
}

/// Images and their labels, below `classes`; as many of both.
template <shape S>
examples images(const std::filesystem::path& path, const std::filesystem::path& label_path, int classes) {
  examples out = images(path, S);
  out.labels = labels(label_path, classes);
  if (out.labels.size() != static_cast<std::size_t>(out.count)) {
    throw bad_input(label_path.string() + ": byte 4: found " + std::to_string(out.labels.size()) +
                    " labels, expected " + std::to_string(out.count) + ", one for each image of " + path.string());
  }
  return out;
}

}  // namespace genet::data
