#pragma once
#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "../declare/error.hpp"
#include "base64.hpp"
#include "image.hpp"
#include "png.hpp"
#include "svg.hpp"

namespace genet::inline GENET_ISA::svg {

/// A sheet whose rows are of one kind each, with their titles at the left: pictures by class. The sheet is cut into as
/// many rows of equal height as there are titles, and stands in the drawing as a PNG file; small pixels stay sharp.
inline drawing titled_rows(const image& sheet, std::span<const std::string> titles, std::string_view description = {},
                           int scale = 2) {
  if (titles.empty() || scale < 1)
    throw usage_error("titled_rows: found " + std::to_string(titles.size()) + " titles and scale " +
                      std::to_string(scale) + "; expected at least one title and a scale of 1 or more");
  double left = 0;
  for (const std::string& t : titles) left = std::max(left, detail::width_of(t));
  left += 10;
  const int width = scale * sheet.width, height = scale * sheet.height;
  std::string out = detail::open(static_cast<int>(left) + width, height, description);
  const double row = static_cast<double>(height) / static_cast<double>(titles.size());
  for (std::size_t i = 0; i < titles.size(); ++i)
    out += detail::label(left - 8, (static_cast<double>(i) + 0.5) * row + 4, "end", "q", titles[i]);
  out += "<image style=\"image-rendering:pixelated\" x=\"" + detail::px(left) + "\" y=\"0\" width=\"" +
         std::to_string(width) + "\" height=\"" + std::to_string(height) + "\" href=\"data:image/png;base64," +
         base64(png::bytes(sheet)) + "\"/>";
  return {out + "</svg>\n"};
}

}  // namespace genet::svg
