#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../declare/error.hpp"
#include "../io/atomic_file.hpp"
#include "numbers.hpp"

namespace genet::inline GENET_ISA::svg {

/// A finished drawing: one `<svg>` element with its own style, which stands in a page or alone in a file. Ink is
/// `currentColor`; colours change with the reader's light or dark preference.
struct drawing {
  std::string text;
};

/// Text for the content and the attribute values of HTML and SVG. Control characters, which XML forbids, become
/// spaces.
inline std::string escape(std::string_view s) {
  std::string out;
  for (const char c : s) switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\n': case '\t': out += c; break;
      default: out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  return out;
}

namespace detail {

/// Ten colours that remain apart for colour-blind readers: M. A. Petroff, "Accessible color sequences for data
/// visualization", arXiv:2107.02270 (2021), the sequence of ten. On dark paper the darker ones are lightened.
inline constexpr std::array<std::string_view, 10> on_light{"#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6",
                                                           "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd"};
inline constexpr std::array<std::string_view, 10> on_dark{"#3f90da", "#ffa90e", "#e5432a", "#94a4a2", "#b06bdf",
                                                          "#b9806f", "#ff7f24", "#b9ac70", "#8b909e", "#92dadd"};

/// Lines need few colours and more contrast: blue, orange, green, purple of Okabe and Ito (2008), adjusted to the
/// paper.
inline constexpr std::array<std::string_view, 5> lines_on_light{"#0067b1", "#d55e00", "#00835f", "#a8497f",
                                                                "#7a6a00"};
inline constexpr std::array<std::string_view, 5> lines_on_dark{"#56b4e9", "#f28c3a", "#2fc79a", "#e08fbf", "#e3d34f"};

inline std::string style() {
  const auto rules = [](const auto& colours, std::string_view prefix) {
    std::string css;
    for (std::size_t i = 0; i < colours.size(); ++i)
      css += ".gn ." + std::string(prefix) + std::to_string(i) + "{color:" + std::string(colours[i]) + "}";
    return css;
  };
  return "<style>.gn{font:12px system-ui,sans-serif;color:#26241f;max-width:100%;height:auto}"
         ".gn text{fill:currentColor}.gn .q{fill-opacity:.62}.gn .b{font-weight:600;font-size:13px}"
         ".gn .g{stroke:currentColor;stroke-opacity:.13}.gn .a{stroke:currentColor;stroke-opacity:.45}"
         ".gn .l{fill:none;stroke:currentColor;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}"
         ".gn .d{stroke-dasharray:1 5}.gn .p{fill:none;stroke:currentColor;stroke-linecap:round}"
         ".gn .o{fill:currentColor;stroke:none}.gn .h{fill:transparent;stroke:none}.gn .h:hover{fill:currentColor}" +
         rules(on_light, "c") + rules(lines_on_light, "k") +
         "@media(prefers-color-scheme:dark){.gn{color:#e8e6e0}" + rules(on_dark, "c") +
         rules(lines_on_dark, "k") + "}</style>";
}

/// The step of 1, 2 or 5 times a power of ten that cuts `span` into at most `pieces`.
inline double nice_step(double span, int pieces) {
  const double raw = span / pieces, power = std::pow(10., std::floor(std::log10(raw)));
  for (const double m : {1., 2., 5.})
    if (m * power >= raw * (1 - 1e-9)) return m * power;
  return 10 * power;
}

/// A stretch of numbers laid on a stretch of pixels.
struct axis {
  double low, high;    ///< of the numbers, or of their logarithms
  double from, to;     ///< pixels
  bool logarithmic = false;

  double at(double v) const { return from + ((logarithmic ? std::log10(v) : v) - low) / (high - low) * (to - from); }

  std::vector<double> ticks(int pieces, bool whole = false) const {
    std::vector<double> out;
    if (logarithmic && high - low >= 1) {
      const bool fine = high - low < 3;
      for (double e = std::floor(low); e <= high; ++e)
        for (const double m : {1., 2., 5.})
          if (const double x = e + std::log10(m); (m == 1 || fine) && x >= low - 1e-9 && x <= high + 1e-9)
            out.push_back(m * std::pow(10., e));
      const std::size_t stride = 1 + (out.size() - !out.empty()) / static_cast<std::size_t>(2 * pieces);
      std::size_t kept = 0;
      for (std::size_t i = 0; i < out.size(); i += stride) out[kept++] = out[i];
      out.resize(kept);
      return out;
    }
    if (logarithmic) return axis{std::pow(10., low), std::pow(10., high), from, to}.ticks(pieces, whole);
    const double nice = nice_step(high - low, pieces), step = whole ? std::max(1., nice) : nice;
    for (double k = std::ceil(low / step - 1e-9) + 0.; k * step <= high + step * 1e-9; ++k)
      out.push_back(k * step + 0.);
    // One tick tells no scale.
    const bool finer = pieces < 20 && !(whole && step == 1);
    return out.size() < 2 && finer ? ticks(2 * pieces, whole) : out;
  }

  /// As many digits as neighbouring ticks need to differ.
  static std::string label(double v, const std::vector<double>& all, bool logarithmic = false) {
    if (logarithmic) return show_number::general(v, 4);
    const double step = all.size() > 1 ? std::abs(all[1] - all[0]) : 1;
    const double size = std::max(std::abs(all.front()), std::abs(all.back()));
    if (size >= 1e6 || size < 1e-3) return show_number::brief(v);
    return show_number::fixed(v, step >= 1 ? 0 : std::min(6, static_cast<int>(std::ceil(-std::log10(step) - 1e-9))));
  }

  /// Room around the numbers, so that lines do not lie on the frame; never empty.
  static axis around(double low, double high, double from, double to, bool logarithmic, double margin) {
    if (logarithmic) low = std::log10(low), high = std::log10(high);
    if (!(low <= high)) low = 0, high = 1;
    const double room = high > low ? (high - low) * margin : std::max(std::abs(low) * .1, .5);
    return {low - room, high + room, from, to, logarithmic};
  }
};

inline std::string px(double v) {
  return show_number::fixed(std::round(v * 10) / 10, std::round(v * 10) == 10 * std::round(v) ? 0 : 1);
}

inline std::string label(double x, double y, std::string_view anchor, std::string_view kind, std::string_view words) {
  return "<text x=\"" + px(x) + "\" y=\"" + px(y) + "\" text-anchor=\"" + std::string(anchor) + "\" class=\"" +
         std::string(kind) + "\">" + escape(words) + "</text>";
}

inline std::string line(double x1, double y1, double x2, double y2, std::string_view kind) {
  return "<path class=\"" + std::string(kind) + "\" d=\"M" + px(x1) + " " + px(y1) + "L" + px(x2) + " " + px(y2) +
         "\"/>";
}

/// An estimate, since a program cannot ask the reader's font.
inline double width_of(std::string_view words) {
  return 6.6 *
         static_cast<double>(std::count_if(words.begin(), words.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

inline std::string open(int width, int height, std::string_view title) {
  const std::string w = std::to_string(width), h = std::to_string(height);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"gn\" role=\"img\" viewBox=\"0 0 " + w + " " + h +
         "\" width=\"" + w + "\" height=\"" + h + "\" aria-label=\"" + escape(title) + "\">" + style();
}

/// Legend entries in lines of at most `width` pixels: marks and words; returns the y below the last line.
struct legend_entry {
  std::string colour, words;
  bool dashed = false, dot = false;
};
inline double legend(std::string& out, const std::vector<legend_entry>& entries, double left, double top,
                     double width) {
  double x = left, y = top;
  for (const auto& e : entries) {
    const double need = 22 + width_of(e.words) + 14;
    if (x > left && x + need > left + width) x = left, y += 18;
    out += "<g class=\"" + e.colour + "\">";
    if (e.dot) out += "<circle class=\"o\" cx=\"" + px(x + 6) + "\" cy=\"" + px(y - 4) + "\" r=\"4.5\"/>";
    else out += line(x, y - 4, x + 16, y - 4, e.dashed ? "l d" : "l");
    out += "</g>" + label(x + (e.dot ? 15 : 22), y, "start", "", e.words);
    x += need - (e.dot ? 7 : 0);
  }
  return y + 18;
}

inline void frame(std::string& out, const axis& x, const axis& y, bool whole_x, std::string_view x_label,
                  std::string_view y_label) {
  const auto xs = x.ticks(std::max(2, static_cast<int>((x.to - x.from) / 42)), whole_x);
  const auto ys = y.ticks(std::max(3, static_cast<int>((y.from - y.to) / 30)));
  for (const double v : ys) {
    out += line(x.from, y.at(v), x.to, y.at(v), "g");
    out += label(x.from - 7, y.at(v) + 4, "end", "q", axis::label(v, ys, y.logarithmic));
  }
  for (const double v : xs) {
    out += line(x.at(v), y.from, x.at(v), y.from + 4, "a");
    out += label(x.at(v), y.from + 18, "middle", "q", axis::label(v, xs));
  }
  out += line(x.from, y.from, x.to, y.from, "a");
  if (!x_label.empty()) out += label((x.from + x.to) / 2, y.from + 35, "middle", "q", x_label);
  if (!y_label.empty()) out += label(8, y.to - 8, "start", "q", y_label);
}

}  // namespace detail

/// One line of a chart. Values that are not finite (or not positive on a logarithmic axis) leave a gap.
struct series {
  std::string name;
  std::vector<double> x, y;
  bool dashed = false;
};

struct chart {
  std::string title{}, x_label = "epoch", y_label{};
  bool log_y = false;
  bool whole_x = true;  ///< ticks of x at whole numbers only (epochs)
  int width = 560, height = 300;
};

/// Lines with axes, ticks and a legend that shows each line's last value, but for an upright line's. Points answer the mouse with their numbers.
inline drawing curves(std::span<const series> all, const chart& c = {}) {
  const auto drawable = [&](double x, double y) {
    return std::isfinite(x) && std::isfinite(y) && (!c.log_y || y > 0);
  };
  double x_low = std::numeric_limits<double>::infinity(), x_high = -x_low, y_low = x_low, y_high = -x_low;
  std::vector<detail::legend_entry> entries;
  for (std::size_t s = 0; s < all.size(); ++s) {
    if (all[s].x.size() != all[s].y.size())
      throw usage_error("curves: series '" + all[s].name + "' has " + std::to_string(all[s].x.size()) + " x and " +
                        std::to_string(all[s].y.size()) + " y");
    for (std::size_t i = 0; i < all[s].x.size(); ++i)
      if (const double x = all[s].x[i], y = all[s].y[i]; drawable(x, y))
        x_low = std::min(x_low, x), x_high = std::max(x_high, x), y_low = std::min(y_low, y),
        y_high = std::max(y_high, y);
    const bool upright = all[s].x.size() > 1 && all[s].x.front() == all[s].x.back();
    const std::string last = all[s].y.empty() || upright ? "" : " " + show_number::brief(all[s].y.back());
    entries.push_back({"k" + std::to_string(s % detail::lines_on_light.size()), all[s].name + last, all[s].dashed});
  }
  std::string out = detail::open(c.width, c.height, c.title.empty() ? c.y_label : c.title);
  if (!c.title.empty()) out += detail::label(8, 18, "start", "b", c.title);
  const double below = detail::legend(out, entries, 8, c.title.empty() ? 18 : 40, c.width - 16);
  const double top = below + (c.y_label.empty() ? 4 : 18);
  const bool any = x_low <= x_high;
  const auto y =
      detail::axis::around(y_low, y_high, c.height - (c.x_label.empty() ? 26. : 42.), top, c.log_y && any, .06);
  double left = 0;
  for (const auto ticks = y.ticks(std::max(3, static_cast<int>((y.from - y.to) / 30))); const double v : ticks)
    left = std::max(left, detail::width_of(detail::axis::label(v, ticks, y.logarithmic)) + 16);
  const auto x = detail::axis::around(any ? x_low : 1, any ? x_high : 1, left, c.width - 14., false, .015);
  if (any) detail::frame(out, x, y, c.whole_x, c.x_label, c.y_label);
  for (std::size_t s = 0; s < all.size(); ++s) {
    out += "<g class=\"" + entries[s].colour + "\">";
    std::string path, points;
    bool pen_down = false;
    long drawn = 0;
    for (std::size_t i = 0; i < all[s].x.size(); ++i) {
      const double vx = all[s].x[i], vy = all[s].y[i];
      if (!drawable(vx, vy)) {
        pen_down = false;
        continue;
      }
      const std::string px = detail::px(x.at(vx)), py = detail::px(y.at(vy));
      path += (pen_down ? "L" : "M") + px + " " + py;
      pen_down = true;
      ++drawn;
      if (all[s].x.size() <= 200)
        points += "<circle class=\"h\" cx=\"" + px + "\" cy=\"" + py + "\" r=\"5\"><title>" + escape(all[s].name) +
                  ", " + escape(c.x_label) + " " + show_number::general(vx, 6) + ": " + show_number::brief(vy) +
                  "</title></circle>";
      const bool alone = (i == 0 || !drawable(all[s].x[i - 1], all[s].y[i - 1])) &&
                         (i + 1 == all[s].x.size() || !drawable(all[s].x[i + 1], all[s].y[i + 1]));
      if (alone) points += "<circle class=\"o\" cx=\"" + px + "\" cy=\"" + py + "\" r=\"3.5\"/>";
    }
    if (drawn > 1) out += "<path class=\"" + std::string(all[s].dashed ? "l d" : "l") + "\" d=\"" + path + "\"/>";
    out += points + "</g>";
  }
  if (!any) out += detail::label(c.width / 2., (top + y.from) / 2, "middle", "q", "no values yet");
  return {out + "</svg>\n"};
}

struct cloud {
  std::string title{}, x_label = "z1", y_label = "z2";
  std::vector<std::string> names{}; ///< of the classes; without them their numbers
  double point = 0;                ///< diameter in pixels; 0 chooses by the number of points
  int width = 480, height = 460;
};

/// Points in the plane (x0, y0, x1, y1, ...) coloured by class, 0 .. 9 and repeating, with a legend. Without
/// classes all points have one colour. Points that are not finite are left out; the drawing says how many.
template <class T>
drawing scatter(std::span<const T> xy, std::span<const std::int32_t> classes = {}, const cloud& c = {}) {
  const std::size_t n = xy.size() / 2;
  if (xy.size() % 2 != 0 || (!classes.empty() && classes.size() != n))
    throw usage_error("scatter: " + std::to_string(xy.size()) + " coordinates and " + std::to_string(classes.size()) +
                      " classes; expected two coordinates per class");
  const auto finite = [&](std::size_t i) { return std::isfinite(xy[2 * i]) && std::isfinite(xy[2 * i + 1]); };
  double x_low = std::numeric_limits<double>::infinity(), x_high = -x_low, y_low = x_low, y_high = -x_low;
  std::int32_t last_class = 0;
  std::size_t lost = 0;
  for (std::size_t i = 0; i < n; ++i) {
    if (!classes.empty()) {
      if (classes[i] < 0)
        throw usage_error("scatter: class " + std::to_string(classes[i]) + " of point " + std::to_string(i) +
                          " is negative");
      last_class = std::max(last_class, classes[i]);
    }
    if (!finite(i)) {
      ++lost;
      continue;
    }
    const double x = xy[2 * i], y = xy[2 * i + 1];
    x_low = std::min(x_low, x), x_high = std::max(x_high, x), y_low = std::min(y_low, y),
    y_high = std::max(y_high, y);
  }
  const auto colour = [](std::int32_t k) {
    return "c" + std::to_string(static_cast<std::size_t>(k) % detail::on_light.size());
  };
  std::vector<detail::legend_entry> entries;
  std::vector<char> present(static_cast<std::size_t>(last_class) + 1);
  for (const auto k : classes) present[static_cast<std::size_t>(k)] = 1;
  for (std::int32_t k = 0; k <= last_class; ++k)
    if (const auto i = static_cast<std::size_t>(k); present[i])
      entries.push_back({colour(k), i < c.names.size() ? c.names[i] : std::to_string(k), false, true});

  std::string out = detail::open(c.width, c.height, c.title);
  if (!c.title.empty()) out += detail::label(8, 18, "start", "b", c.title);
  double top = c.title.empty() ? 18 : 40;
  if (!entries.empty()) top = detail::legend(out, entries, 8, top, c.width - 16) + 2;
  if (lost) out += detail::label(c.width - 8., 18, "end", "q", std::to_string(lost) + " points are not finite");
  const auto x = detail::axis::around(x_low, x_high, 46, c.width - 14., false, .03);
  const auto y = detail::axis::around(y_low, y_high, c.height - 42., top + 6, false, .03);
  detail::frame(out, x, y, false, c.x_label, c.y_label);
  const double size = c.point > 0 ? c.point : std::clamp(90 / std::sqrt(static_cast<double>(n) + 1), 2., 7.);
  // One path per class; a line of length zero with round ends is a dot, in a tenth of a circle element's bytes. Steps
  // are relative and in whole tenths of a pixel, so that rounding does not add up.
  const auto tenth = [](double v) { return std::llround(v * 10); };
  for (std::int32_t k = 0; k <= last_class; ++k) {
    std::string path;
    long long at_x = 0, at_y = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if (!finite(i) || (!classes.empty() && classes[i] != k)) continue;
      const long long to_x = tenth(x.at(xy[2 * i])), to_y = tenth(y.at(xy[2 * i + 1]));
      path += "m" + std::to_string(to_x - at_x) + (to_y - at_y < 0 ? "" : " ") + std::to_string(to_y - at_y) + "h0";
      at_x = to_x, at_y = to_y;
    }
    if (!path.empty())
      out += "<path class=\"p " + colour(k) + "\" transform=\"scale(.1)\" stroke-width=\"" + detail::px(10 * size) +
             "\" stroke-opacity=\"" + (n > 2000 ? ".8" : ".9") + "\" d=\"M0 0" + path + "\"/>";
  }
  return {out + "</svg>\n"};
}

/// The drawing as a file of its own. Errors: `io_error`.
inline void write(const std::filesystem::path& path, const drawing& d) {
  io::write_atomically(path, d.text);
}

}  // namespace genet::svg
