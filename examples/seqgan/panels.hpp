#pragma once
#include <string>
#include <utility>
#include <vector>

#include <genet/report/svg.hpp>

namespace variants {

/// A curve without axes: small ones stand beside each other.
struct panel {
  std::string title{};
  std::vector<double> y{};
  std::vector<std::pair<long, long>> bands{}, strong{};  // first and count of places: shaded; drawn in red
  bool other = false;                                    // in the second colour
};

/// All with the same scale, `columns` in a row.
genet::svg::drawing panels(const std::vector<panel>& all, int columns);

}  // namespace variants
