#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../inference/diagnostics.hpp"
#include "svg.hpp"

namespace genet::inline GENET_ISA::svg {

/// How traces and ranks are drawn.
struct chain_plot {
  std::string title{};
  int width = 460, height = 200;
};

namespace detail {

inline std::string colour_of_chain(long chain) {
  return "k" + std::to_string(static_cast<std::size_t>(chain) % lines_on_light.size());
}

inline std::string open_chain_plot(const chain_plot& c, std::string_view kind) {
  std::string out = open(c.width, c.height, c.title.empty() ? std::string(kind) : c.title + ", " + std::string(kind));
  if (!c.title.empty()) out += label(8, 18, "start", "b", c.title);
  return out;
}

/// Ranks from 0; equal values, of discrete quantities or refused proposals, share their mean.
inline std::vector<double> ranks(std::span<const double> x) {
  std::vector<std::size_t> order(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) order[i] = i;
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return x[a] < x[b]; });
  std::vector<double> out(x.size());
  for (std::size_t first = 0, last = 0; first < order.size(); first = last) {
    while (last < order.size() && !(x[order[first]] < x[order[last]])) ++last;
    for (std::size_t i = first; i < last; ++i) out[order[i]] = static_cast<double>(first + last - 1) / 2;
  }
  return out;
}

}  // namespace detail

/// The path of each chain through the draws of one quantity. Long chains are drawn by stretches, each from its least to
/// its largest value, so that no excursion is lost. Under the paths a mark for each draw that is not 0 in `divergent`
/// (chains, iterations). Values that are not finite are left out.
inline drawing trace_plot(const inference::chain_draws& x, const chain_plot& c = {},
                          std::span<const char> divergent = {}) {
  if (!divergent.empty() && divergent.size() != x.values.size())
    throw usage_error("trace_plot: " + std::to_string(divergent.size()) + " marks of divergence of " +
                      std::to_string(x.values.size()) + " draws");
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const double v : x.values)
    if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
  std::string out = detail::open_chain_plot(c, "trace");
  const auto y = detail::axis::around(low, high, c.height - 26., c.title.empty() ? 8 : 30, false, .06);
  const auto ticks = y.ticks(std::max(3, static_cast<int>((y.from - y.to) / 30)));
  double left = 0;
  for (const double v : ticks) left = std::max(left, detail::width_of(detail::axis::label(v, ticks)) + 16);
  const detail::axis t{0, static_cast<double>(std::max(x.length, 2L)), left, c.width - 18.};
  detail::frame(out, t, y, true, "", "");
  const long stretch = std::max(1L, static_cast<long>(2 * static_cast<double>(x.length) / (t.to - t.from)));
  std::string marks;
  for (long chain = 0; chain < x.chains; ++chain) {
    const auto at = [values = x.chain(chain)](long i) { return values[static_cast<std::size_t>(i)]; };
    std::string path;
    for (long from = 0; from < x.length; from += stretch) {
      long least = -1, most = -1;
      for (long i = from; i < std::min(from + stretch, x.length); ++i) {
        if (!divergent.empty() && divergent[static_cast<std::size_t>(chain * x.length + i)])
          marks += "M" + detail::px(t.at(static_cast<double>(i))) + " " + detail::px(y.from - 5) + "v5";
        if (!std::isfinite(at(i))) continue;
        if (least < 0 || at(i) < at(least)) least = i;
        if (most < 0 || at(i) > at(most)) most = i;
      }
      if (least < 0) continue;
      path += (path.empty() ? "M" : "L") + detail::px(t.at(static_cast<double>(from))) + " " +
              detail::px(y.at(at(std::min(least, most))));
      if (most != least) path += "V" + detail::px(y.at(at(std::max(least, most))));
    }
    if (!path.empty())
      out += "<g class=\"" + detail::colour_of_chain(chain) +
             "\"><path class=\"l\" style=\"stroke-width:.8;stroke-opacity:.75\" d=\"" + path + "\"/></g>";
  }
  if (!marks.empty()) out += "<path class=\"l\" d=\"" + marks + "\"/>";
  return {out + "</svg>\n"};
}

/// Histograms of the ranks of each chain's draws among all, which are level where all chains explore the same
/// distribution: the dashes are as many as are then expected. Vehtari et al. 2021, section 4.
inline drawing rank_plot(const inference::chain_draws& x, const chain_plot& c = {}) {
  constexpr long bins = 20;
  const auto ranks = detail::ranks(x.values);
  std::vector<double> counts(static_cast<std::size_t>(x.chains * bins));
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    const auto bin = static_cast<long>(ranks[i] * bins / static_cast<double>(ranks.size()));
    ++counts[static_cast<std::size_t>(static_cast<long>(i) / x.length * bins + std::min(bin, bins - 1))];
  }
  const double expected = static_cast<double>(x.length) / bins,
               high = std::max(1.6 * expected, *std::ranges::max_element(counts));
  std::string out = detail::open_chain_plot(c, "ranks");
  const long columns = std::min(x.chains, 4L), rows = (x.chains + columns - 1) / columns;
  const double top = c.title.empty() ? 8 : 30, gap = 10, left = 8,
               wide = (c.width - 2 * left - gap * static_cast<double>(columns - 1)) / static_cast<double>(columns),
               tall = (c.height - top - 22. * static_cast<double>(rows)) / static_cast<double>(rows);
  for (long chain = 0; chain < x.chains; ++chain) {
    const double from = left + static_cast<double>(chain % columns) * (wide + gap),
                 floor = top + static_cast<double>(chain / columns) * (tall + 22) + tall, bar = wide / bins;
    std::string path;
    for (long b = 0; b < bins; ++b) {
      const double size = counts[static_cast<std::size_t>(chain * bins + b)] / high * tall;
      if (size == 0) continue;
      path += "M" + detail::px(from + static_cast<double>(b) * bar) + " " + detail::px(floor) + "v" +
              detail::px(-size) + "h" + detail::px(bar - 1) + "v" + detail::px(size) + "z";
    }
    out += "<g class=\"" + detail::colour_of_chain(chain) + "\"><path class=\"o\" style=\"fill-opacity:.75\" d=\"" +
           path + "\"/></g>" + detail::line(from, floor, from + wide, floor, "a") + "<path class=\"a\" d=\"M" +
           detail::px(from) + " " + detail::px(floor - expected / high * tall) + "h" + detail::px(wide) +
           "\" stroke-dasharray=\"4 3\"/>" +
           detail::label(from + wide / 2, floor + 15, "middle", "q", "chain " + std::to_string(chain + 1));
  }
  return {out + "</svg>\n"};
}

}  // namespace genet::svg
