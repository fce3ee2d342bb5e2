#include "panels.hpp"

#include <algorithm>
#include <limits>

namespace variants {

using namespace genet;

svg::drawing panels(const std::vector<panel>& all, int columns) {
  constexpr int width = 640, height = 76, gap = 8, room = 16;
  const int rows = (static_cast<int>(all.size()) + columns - 1) / columns;
  const double wide = static_cast<double>(width - gap * (columns - 1)) / columns;
  double low = std::numeric_limits<double>::infinity(), high = -low;
  std::size_t most = 2;
  for (const panel& p : all) {
    for (const double v : p.y) low = std::min(low, v), high = std::max(high, v);
    most = std::max(most, p.y.size());
  }
  const auto px = [](double v) { return svg::detail::px(v); };
  std::string out = svg::detail::open(width, std::max(rows, 1) * (height + room + gap), "curves");
  for (std::size_t k = 0; k < all.size(); ++k) {
    const panel& p = all[k];
    const int column = static_cast<int>(k) % columns, row = static_cast<int>(k) / columns;
    const double left = column * (wide + gap), top = row * (height + room + gap) + room;
    const auto x = [&](double i) { return left + i / static_cast<double>(most - 1) * wide; };
    const auto y = [&](double v) { return top + (high - v) / std::max(high - low, 1e-12) * height; };
    const auto path = [&](long first, long last) {
      std::string d;
      for (long i = first; i <= last; ++i)
        d += (i == first ? "M" : "L") + px(x(static_cast<double>(i))) + " " + px(y(p.y[static_cast<std::size_t>(i)]));
      return d;
    };
    if (!p.title.empty()) out += svg::detail::label(left, top - 4, "start", "q", p.title);
    for (const auto& [first, count] : p.bands)
      out += "<rect x=\"" + px(x(static_cast<double>(first) - .5)) + "\" y=\"" + px(top) + "\" width=\"" +
             px(x(static_cast<double>(count)) - x(0)) + "\" height=\"" + px(height) +
             "\" fill=\"currentColor\" fill-opacity=\".12\"/>";
    const auto n = static_cast<long>(p.y.size());
    out += "<g class=\"" + std::string(p.other ? "k1" : "k0") + "\"><path class=\"l\" style=\"stroke-width:1.3\" d=\"" +
           path(0, n - 1) + "\"/></g>";
    for (const auto& [first, count] : p.strong)
      out += "<g class=\"c2\"><path class=\"l\" style=\"stroke-width:3\" d=\"" +
             path(std::max(first - (count == 1), 0L), std::min(first + count - (count > 1), n - 1)) + "\"/></g>";
  }
  return {out + "</svg>\n"};
}

}  // namespace variants
