#pragma once
#include <algorithm>
#include <cstdint>
#include <concepts>
#include <ranges>
#include <span>
#include <string>
#include <vector>

#include "../declare/error.hpp"
#include "../declare/shape.hpp"

namespace genet::inline GENET_ISA {

/// A picture of 8-bit pixels, row by row from the top, grey (one channel) or red, green, blue interleaved (three
/// channels).
struct image {
  int width = 0, height = 0, channels = 1;
  std::vector<std::uint8_t> pixels;

  image() = default;
  image(int w, int h, int c, std::uint8_t fill = 0) : width(w), height(h), channels(c) {
    if (w < 1 || h < 1 || (c != 1 && c != 3))
      throw usage_error("image: " + std::to_string(w) + " x " + std::to_string(h) + " with " + std::to_string(c) +
                        " channels; expected at least one pixel, and 1 (grey) or 3 (colour) channels");
    pixels.assign(static_cast<std::size_t>(w) * static_cast<std::size_t>(h) * static_cast<std::size_t>(c), fill);
  }

  std::uint8_t* at(int x, int y) { return pixels.data() + offset(x, y); }
  const std::uint8_t* at(int x, int y) const { return pixels.data() + offset(x, y); }
  bool operator==(const image&) const = default;

 private:
  std::size_t offset(int x, int y) const {
    return (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)) *
           static_cast<std::size_t>(channels);
  }
};

/// How pictures are laid out on a sheet. `border` pixels of grey level `paper` surround each; `scale` enlarges
/// every pixel.
struct sheet {
  int border = 2;
  std::uint8_t paper = 160;
  int scale = 1;
};

/// Anything that holds examples one after another: `.values` (contiguous reals) and `.s` (the shape of one), as a
/// model's `samples`.
template <class P>
concept example_set = requires(const P& p) {
  { p.s } -> std::convertible_to<shape>;
  { *std::ranges::data(p.values) } -> std::convertible_to<double>;
};

namespace detail {

inline int picture_channels(shape one) {
  if (one.rank == 2 || (one.rank == 3 && one[0] == 1)) return 1;
  if (one.rank == 3 && one[0] == 3) return 3;
  throw usage_error("a picture has the shape (1,H,W), (3,H,W) or (H,W); found " + std::string(show(one).view()));
}

/// 0..1 to 0..255, rounded; out of range is clipped, not-a-number is drawn black.
template <class T>
std::uint8_t grey_level(T v) {
  if (!(v > T{0})) return 0;
  return static_cast<std::uint8_t>(std::min(v, T{1}) * T{255} + T(0.5));
}

template <class T>
void draw(image& onto, int left, int top, const T* planes, shape one) {
  const int c = picture_channels(one), h = one[one.rank - 2], w = one[one.rank - 1];
  for (int k = 0; k < c; ++k)
    for (int y = 0; y < h; ++y)
      for (int x = 0; x < w; ++x) onto.at(left + x, top + y)[k] = grey_level(planes[(k * h + y) * w + x]);
}

}  // namespace detail

/// Every pixel as a square of `factor` x `factor`.
inline image enlarge(const image& small, int factor) {
  if (factor < 1) throw usage_error("enlarge: factor " + std::to_string(factor) + "; expected 1 or more");
  image big(small.width * factor, small.height * factor, small.channels);
  for (int y = 0; y < big.height; ++y)
    for (int x = 0; x < big.width; ++x) std::copy_n(small.at(x / factor, y / factor), small.channels, big.at(x, y));
  return big;
}

/// Examples of shape `one` - (1,H,W), (3,H,W) or (H,W), values in [0,1] - row by row on a sheet of `rows` x
/// `columns`. Fewer examples leave paper; more are left out.
template <std::floating_point T>
image grid(int rows, int columns, std::span<const T> examples, shape one, sheet s = {}) {
  const int c = detail::picture_channels(one), h = one[one.rank - 2], w = one[one.rank - 1];
  if (rows < 1 || columns < 1) throw usage_error("grid: rows and columns must be 1 or more");
  if (one.size() == 0 || examples.size() % static_cast<std::size_t>(one.size()) != 0)
    throw usage_error("grid: " + std::to_string(examples.size()) +
                      " values are no whole number of examples of shape " + std::string(show(one).view()));
  const int count = static_cast<int>(examples.size() / static_cast<std::size_t>(one.size()));
  image out(s.border + columns * (w + s.border), s.border + rows * (h + s.border), c, s.paper);
  for (int i = 0; i < std::min(rows * columns, count); ++i)
    detail::draw(out, s.border + i % columns * (w + s.border), s.border + i / columns * (h + s.border),
                 examples.data() + i * one.size(), one);
  return s.scale > 1 ? enlarge(out, s.scale) : out;
}

template <int Rows, int Columns, std::floating_point T>
image grid(std::span<const T> examples, shape one, sheet s = {}) {
  return grid(Rows, Columns, examples, one, s);
}

/// `grid<10, 10>(m.sample(100))`
template <int Rows, int Columns, example_set P>
image grid(const P& examples, sheet s = {}) {
  return grid(Rows, Columns, std::span{std::ranges::data(examples.values), std::ranges::size(examples.values)},
              examples.s, s);
}

/// Originals over their reconstructions: `columns` pairs side by side, as many lines of pairs as the examples need,
/// a double border between the lines. Both lists hold examples of shape `one` in the same order.
template <std::floating_point T>
image pairs(int columns, std::span<const T> originals, std::span<const T> reconstructions, shape one, sheet s = {}) {
  const int c = detail::picture_channels(one), h = one[one.rank - 2], w = one[one.rank - 1];
  if (columns < 1 || originals.empty() || originals.size() != reconstructions.size() ||
      originals.size() % static_cast<std::size_t>(one.size()) != 0)
    throw usage_error("pairs: expected as many originals as reconstructions, whole examples of shape " +
                      std::string(show(one).view()));
  const int count = static_cast<int>(originals.size() / static_cast<std::size_t>(one.size()));
  const int lines = (count + columns - 1) / columns, step = 2 * h + 3 * s.border;
  image out(s.border + columns * (w + s.border), lines * step - s.border, c, s.paper);
  for (int i = 0; i < count; ++i) {
    const int x = s.border + i % columns * (w + s.border), y = s.border + i / columns * step;
    detail::draw(out, x, y, originals.data() + i * one.size(), one);
    detail::draw(out, x, y + h, reconstructions.data() + i * one.size(), one);
  }
  return s.scale > 1 ? enlarge(out, s.scale) : out;
}

}  // namespace genet
